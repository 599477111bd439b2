/** Draws what a terminal shows, frame after frame, as an SVG that moves by itself. Pure. */

export interface Frame {
  /** Since the first frame. */
  readonly atMs: number;
  /** With the codes of a terminal's colors. */
  readonly lines: readonly string[];
}

const COLUMNS = 84;
const CHARACTER_PX = 8.43;
const LINE_PX = 19;
const PADDING_PX = 16;
/** The last frame stays this long before it begins again. */
const REST_MS = 6_000;
/** What a run of some seconds is shown in. */
const FRAME_STEP_MIN_MS = 400;

/** Codes that picocolors writes, as classes. */
const CLASSES: Readonly<Record<string, string>> = {
  "1": "bold",
  "2": "dim",
  "31": "red",
  "32": "green",
  "33": "yellow",
  "36": "cyan",
};

export function drawRecording(frames: readonly Frame[]): string {
  const kept = frames.filter(
    ({ atMs }, index) =>
      index === frames.length - 1 || atMs - (frames[index - 1]?.atMs ?? -1_000) >= FRAME_STEP_MIN_MS,
  );
  const rows = Math.max(...kept.map(({ lines }) => lines.length));
  const totalMs = (kept.at(-1)?.atMs ?? 0) + REST_MS;
  const width = Math.ceil(COLUMNS * CHARACTER_PX + 2 * PADDING_PX);
  const height = rows * LINE_PX + 2 * PADDING_PX;
  const styles = kept.map((frame, index) =>
    visibility(index, frame.atMs, kept[index + 1]?.atMs ?? totalMs, totalMs),
  );
  const groups = kept.map(({ lines }, index) => `<g class="f f${index}">${lines.map(drawLine).join("")}</g>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="npm start brings a cluster up">
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #d6deeb; white-space: pre; }
.bold { font-weight: bold; } .dim { fill: #8792a8; } .red { fill: #ff7b72; } .green { fill: #7ee787; } .yellow { fill: #e3b341; } .cyan { fill: #79c0ff; }
.f { visibility: hidden; animation-duration: ${totalMs}ms; animation-iteration-count: infinite; animation-timing-function: step-end; }
${styles.join("\n")}
</style>
<rect width="100%" height="100%" rx="8" fill="#0d1420"/>
${groups.join("\n")}
</svg>
`;
}

function visibility(index: number, fromMs: number, toMs: number, totalMs: number): string {
  const at = (ms: number): string => `${((100 * ms) / totalMs).toFixed(2)}%`;
  const end = toMs >= totalMs ? "" : ` ${at(toMs)} { visibility: hidden; }`;
  return `@keyframes k${index} { 0% { visibility: ${fromMs === 0 ? "visible" : "hidden"}; } ${at(fromMs)} { visibility: visible; }${end} } .f${index} { animation-name: k${index}; }`;
}

function drawLine(line: string, row: number): string {
  const y = PADDING_PX + (row + 0.75) * LINE_PX;
  return `<text x="${PADDING_PX}" y="${y.toFixed(1)}" xml:space="preserve">${spans(line)}</text>`;
}

function spans(line: string): string {
  const classes = new Set<string>();
  return (
    line
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's codes begin with one
      .split(/(\u001b\[\d+m)/)
      .map((part) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
        const code = /^\u001b\[(\d+)m$/.exec(part)?.[1];
        if (code === undefined)
          return part === "" ? "" : `<tspan class="${[...classes].join(" ")}">${escaped(part)}</tspan>`;
        const name = CLASSES[code];
        if (name !== undefined) classes.add(name);
        else
          for (const other of code === "22" ? ["bold", "dim"] : ["red", "green", "yellow", "cyan"])
            classes.delete(other);
        return "";
      })
      .join("")
  );
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
