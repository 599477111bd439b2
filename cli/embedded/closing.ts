/** Runs something that opens things, and closes them in reverse order when it ends, well or not. */
export async function closingAll(run: (open: AsyncDisposableStack) => Promise<void>): Promise<void> {
  const open = new AsyncDisposableStack();
  try {
    await run(open);
  } finally {
    await open.disposeAsync();
  }
}
