// The pictures that excite the chosen channel most, gathered while the reader looks around.
import { el } from "./dom.js";
import { capital } from "./layers.js";
import { photoImage } from "./paint.js";
import { Places } from "./places.js";

const BLOCK = 64, NAMED = 24;

export class Exciting {
  constructor(app) {
    this.app = app;
    const { says } = app.speaker;
    this.head = el("h2");
    this.words = el("p", { class: "gx-faint" });
    this.bar = el("progress", { max: 1, value: 0, hidden: true, "aria-label": says("lookThrough") });
    this.button = el("button", { type: "button", hidden: true, onclick: () => this.app.gather() }, says("lookThrough"));
    this.problem = el("p", { class: "gx-problem", role: "alert", hidden: true });
    this.nine = el("ol", { class: "gx-nine" });
    this.dead = el("p", { class: "gx-dead" });
    this.node = el("section", { class: "gx-exciting" }, this.head, this.words, this.bar, this.button, this.problem, this.nine, this.dead);
    this.node.hidden = !app.start.gathering;
    this.turn = 0;
    this.shownAt = -1;
    this.grids = [];
  }

  update(changed) {
    const { app } = this, { gathered, state } = app, { says, whole } = app.speaker;
    if (!app.start.gathering) return;
    const layer = app.start.layers[state.layer], flat = layer.shape.length !== 3;
    if (changed.has("layer") || changed.has("channel")) this.head.textContent = says("exciting", { what: `${layer.name}, ${says(flat ? "unit" : "channel", { n: whole(state.channel) })}` });
    const { done = 0, total = null, over = false } = gathered || {}, kind = says(app.start.training ? "ofTraining" : "ofAny");
    this.button.hidden = over || app.gathering;
    this.bar.hidden = over || !app.gathering;
    if (total) this.bar.value = done / total;
    else this.bar.removeAttribute("value");
    this.words.textContent = !done ? says("notYet") : over ? capital(says("excitingOf", { n: whole(done), kind })) : capital(says("excitingSoFar", { n: whole(done), all: total ? whole(total) : "?", kind }));
    // Anew at the first pictures, and then now and then.
    const due = over ? this.shownAt !== done : done && done >= this.shownAt * 1.5;
    if (done && (changed.has("layer") || changed.has("channel") || changed.has("scheme") || (changed.has("gathered") && due))) this.show();
  }

  async show() {
    const { app } = this, { layer, channel } = app.state, turn = ++this.turn;
    this.shownAt = app.gathered.done;
    try {
      const found = await app.ask({ ask: "survey", layer });
      const [, count] = found.which.shape, some = Array.from({ length: count }, (_, at) => channel * count + at);
      const blocks = new Map();
      for (const block of new Set(some.map(at => Math.floor(found.which.data[at] / BLOCK)))) blocks.set(block, await app.ask({ ask: "thumbs", block }));
      if (turn !== this.turn) return;
      this.problem.hidden = true;
      for (const grid of this.grids) grid.end();
      this.grids = [];
      this.nine.replaceChildren(...(found.dead.data[channel] ? [el("li", { class: "gx-problem" }, app.speaker.says("never"))] : some.map(at => this.picture(found, at, blocks))));
      this.tellDead(found);
    } catch (error) {
      if (turn === this.turn) this.fail(app.sentence(error));
    }
  }

  picture(found, at, blocks) {
    const { app } = this, { says, number, whole } = app.speaker, which = found.which.data[at], { pixels, labels } = blocks.get(Math.floor(which / BLOCK));
    const [, ...shape] = pixels.shape, size = shape.reduce((product, side) => product * side, 1), place = which % BLOCK, label = labels[place];
    const told = says("excitedBy", { value: number(found.values.data[at]), label: label === null ? says("pictureNamed", { n: whole(which + 1) }) : app.className(label) });
    const { field } = app.start.layers[app.state.layer], [, height, width] = app.start.input, scale = [shape[0] / height, shape[1] / width];
    const rows = field?.rows[found.rows.data[at]], columns = field?.columns[found.columns.data[at]];
    const part = rows && rows[1] > rows[0] && (rows[1] - rows[0] < height || columns[1] - columns[0] < width);
    const boxes = part ? [{ rows: rows.map(each => each * scale[0]), columns: columns.map(each => each * scale[1]) }] : [];
    const grid = new Places(app, { label: told, rows: shape[0], columns: shape[1], cell: 200 / shape[0], fixed: true, image: photoImage({ data: pixels.data, shape }, place * size), boxes });
    this.grids.push(grid);
    return el("li", {}, grid.node, el("small", { "aria-hidden": "true" }, told));
  }

  tellDead(found) {
    const { app } = this, { says, whole } = app.speaker, dead = [...found.dead.data].flatMap((each, at) => (each ? [at] : []));
    const links = dead.slice(0, NAMED).map(at => el("button", { type: "button", onclick: () => app.go({ channel: at }) }, whole(at)));
    this.dead.replaceChildren(...(dead.length ? [`${says("deadOnes")} `, ...links, dead.length > NAMED ? ` … ${whole(dead.length)}` : ""] : []));
  }

  fail(sentence) {
    this.problem.textContent = sentence;
    this.problem.hidden = false;
  }

  end() {
    for (const grid of this.grids) grid.end();
  }
}
