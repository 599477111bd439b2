/** What the API's routes know of a request besides itself. */
export interface ApiVariables {
  readonly Variables: {
    /** E-mail of whoever calls. */
    caller: string;
  };
}
