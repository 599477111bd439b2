/** Messages to a topic: Pub/Sub in a deployment, kept in the store embedded. */
export interface OutgoingMessage {
  /** As it came, byte for byte. */
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Publisher {
  /** Resolves once the topic has it; a repeat makes a double. @throws CloudError */
  publish(message: OutgoingMessage): Promise<void>;
}
