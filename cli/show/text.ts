/** Lines of a width, and counts and spans of time in words. Pure. */
import { stripVTControlCharacters } from "node:util";

/** Narrower terminals get lines that the terminal itself breaks. */
const WIDTH_MIN = 40;
/** Of a terminal that does not say. */
export const WIDTH_DEFAULT = 80;

/** What a person sees of it, in columns. */
export function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** Breaks between words; words that are longer than a line stay whole. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && visibleLength(line) + 1 + visibleLength(word) > Math.max(width, WIDTH_MIN)) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}

/** The first lines, the last of them ending in `…` when there would be more. */
export function clipped(lines: readonly string[], max: number): readonly string[] {
  return lines.length <= max
    ? lines
    : [...lines.slice(0, max - 1), `${(lines[max - 1] ?? "").replace(/[ .,;:]+$/, "")} …`];
}

/** `1 node`, `3 nodes`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Fewer hours are told as hours. */
const DAYS_FROM_H = 48;
/** `14 s`, `3 min 5 s`, `2 h 4 min`, `5 d 14 h`: how long something took or takes. */
export function span(timeMs: number): string {
  const seconds = Math.max(0, Math.round(timeMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < DAYS_FROM_H) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `45s`, `3m`, `2h`, `5d`: how long ago, as kubectl has it in its tables. */
export function age(time: string | number | undefined, nowMs: number): string {
  if (time === undefined) return "";
  const atMs = typeof time === "number" ? time : Date.parse(time);
  const seconds = Math.max(0, Math.round((nowMs - atMs) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
