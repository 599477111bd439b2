/** The process that measures one figure: its name and scale come as arguments, the rows go to the parent. */
import type { Scale } from "./figure.ts";
import { FIGURES } from "./figures.ts";

const [name, scale = "default"] = process.argv.slice(2);
const figure = FIGURES.find((one) => one.name === name);
if (figure === undefined) throw new Error(`there is no figure ${name}`);
const rows = await figure.measure(scale as Scale);
// Timers of clusters at rest would keep the process.
process.send?.(rows, () => process.exit(0));
