// Questions and answers as bytes, as gluon_alexnet/explore/wire.py has them, and the two ways by which they travel.
const STEP = 8;
const ARRAYS = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };

// A sentence, or one for each language.
export class Told extends Error {
  constructor(said) {
    super(said.en ?? said);
    this.said = said;
  }
}

export function key(question) {
  return Object.keys(question).sort().map(name => `${name}=${question[name]}`).join("&");
}

// Puts the arrays in their places: each becomes {data, shape}.
export function unpacked(told, buffers) {
  const walk = value => {
    if (Array.isArray(value)) return value.map(walk);
    if (!value || typeof value !== "object") return value;
    if (typeof value.buffer === "number" && value.type in ARRAYS) {
      const kind = ARRAYS[value.type], bytes = buffers[value.buffer];
      const length = value.shape.reduce((product, side) => product * side, 1);
      return { data: new kind(bytes.buffer, bytes.byteOffset, length), shape: value.shape };
    }
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each)]));
  };
  const made = walk(told);
  if (made.error !== undefined) throw new Told(made.error);
  return made;
}

export function fromBytes(content) {
  const view = new DataView(content), length = view.getUint32(0, true);
  const { told, lengths } = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 4, length)));
  let at = 4 + length;
  const buffers = lengths.map(size => {
    const bytes = new Uint8Array(content, at, size);
    at += Math.ceil(size / STEP) * STEP;
    return bytes;
  });
  return unpacked(told, buffers);
}

export function asBytes(question, buffers = []) {
  const header = new TextEncoder().encode(JSON.stringify({ told: question, lengths: buffers.map(each => each.byteLength) }));
  const fill = size => Math.ceil(size / STEP) * STEP;
  const filled = fill(4 + header.length) - 4;
  const made = new Uint8Array(4 + filled + buffers.reduce((sum, each) => sum + fill(each.byteLength), 0)).fill(32, 0, 4 + filled);
  new DataView(made.buffer).setUint32(0, filled, true);
  made.set(header, 4);
  let at = 4 + filled;
  for (const each of buffers) {
    made.set(new Uint8Array(each), at);
    at += fill(each.byteLength);
  }
  return made;
}

// From a page that a server has sent: `address` is where it answers.
export function overHttp(address) {
  return async (question, buffers = []) => {
    let answer;
    try {
      answer = await fetch(address, { method: "POST", body: asBytes(question, buffers) });
    } catch {
      return null;
    }
    if (!answer.ok) throw new Told((await answer.text()).trim());
    return fromBytes(await answer.arrayBuffer());
  };
}

// From a notebook: the kernel answers through the widget's model.
export function overModel(model) {
  const waiting = new Map();
  const begin = Math.random().toString(36).slice(2);
  let count = 0;
  const heard = (message, views) => {
    const settle = message && waiting.get(message.id);
    if (!settle) return;
    waiting.delete(message.id);
    // Copied, since a view may begin where no number may.
    settle(message.told, (views || []).map(view => new Uint8Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength))));
  };
  model.on("msg:custom", heard);
  const ask = (question, buffers = []) =>
    new Promise((resolve, reject) => {
      // Several views of one widget hear all answers.
      const id = `${begin}-${count++}`;
      waiting.set(id, (told, arrays) => {
        try {
          resolve(unpacked(told, arrays));
        } catch (error) {
          reject(error);
        }
      });
      model.send({ id, question }, undefined, buffers);
    });
  return { ask, end: () => model.off("msg:custom", heard) };
}
