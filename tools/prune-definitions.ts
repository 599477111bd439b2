/** Cuts published API definitions (protobuf.js JSON) down to some services and the types that they reach. Pure. */

interface Node {
  readonly nested?: Readonly<Record<string, Node>>;
  readonly fields?: Readonly<Record<string, Field>>;
  readonly methods?: Readonly<
    Record<string, { readonly requestType: string; readonly responseType: string }>
  >;
  readonly values?: object;
  readonly [more: string]: unknown;
}
interface Field {
  readonly type: string;
  readonly keyType?: string;
}

/** @throws RangeError when a service or the package is not there */
export function pruneDefinitions(root: Node, packageName: string, services: readonly string[]): Node {
  const types = childrenAt(root, packageName.split("."));
  const kept = new Set<string>();
  const queue: string[] = [];
  const reach = (type: string): void => {
    const name =
      (type.startsWith(`.${packageName}.`) ? type.slice(packageName.length + 2) : type).split(".")[0] ?? "";
    if (types[name] === undefined || kept.has(name)) return;
    kept.add(name);
    queue.push(name);
  };
  for (const service of services) {
    if (types[service]?.methods === undefined)
      throw new RangeError(`${packageName} has no service ${service}`);
    reach(service);
  }
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) visit(types[name] as Node, reach);
  const pruned = Object.fromEntries(
    Object.entries(types).filter(([name, node]) => kept.has(name) || !isType(node)),
  );
  return replaceAt(root, packageName.split("."), pruned);
}

function isType(node: Node): boolean {
  return node.fields !== undefined || node.methods !== undefined || node.values !== undefined;
}

function visit(node: Node, reach: (type: string) => void): void {
  for (const field of Object.values(node.fields ?? {})) reach(field.type);
  for (const method of Object.values(node.methods ?? {})) {
    reach(method.requestType);
    reach(method.responseType);
  }
  for (const inner of Object.values(node.nested ?? {})) visit(inner, reach);
}

function childrenAt(root: Node, path: readonly string[]): Readonly<Record<string, Node>> {
  const node = path.reduce<Node | undefined>((at, part) => at?.nested?.[part], root);
  if (node?.nested === undefined) throw new RangeError(`there is no package ${path.join(".")}`);
  return node.nested;
}

function replaceAt(node: Node, path: readonly string[], nested: Readonly<Record<string, Node>>): Node {
  const [part, ...rest] = path;
  if (part === undefined) return { ...node, nested };
  const child = node.nested?.[part];
  if (child === undefined) return node;
  return { ...node, nested: { ...node.nested, [part]: replaceAt(child, rest, nested) } };
}
