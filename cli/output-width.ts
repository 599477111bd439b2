/** How wide lines may be where standard output goes. */
import { WIDTH_DEFAULT } from "./show/text.ts";

/** In a file, lines need not end where a terminal does. */
const WIDTH_OF_FILES = 160;

/** Columns of where standard output goes. */
export function outputWidth(): number {
  return process.stdout.isTTY === true ? (process.stdout.columns ?? WIDTH_DEFAULT) : WIDTH_OF_FILES;
}
