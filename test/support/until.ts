/** Waits in tests for what happens in its own time, without caring how fast. */

/** Milliseconds between looks. */
const LOOK_MS = 5;
/** Far above what a loaded machine needs: a test that gets here has failed, not been slow. */
const GIVE_UP_MS = 8_000;

/** Resolves when `holds` does. @throws Error naming what was waited for */
export async function until(holds: () => boolean, what: string): Promise<void> {
  for (let waitedMs = 0; !holds(); waitedMs += LOOK_MS) {
    if (waitedMs > GIVE_UP_MS) throw new Error(`waited for ${what} in vain`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
