// The picture, what speaks in it for a class, what the chosen number sees of it, and what the net says.
import { el } from "./dom.js";
import { heatImage, photoImage } from "./paint.js";
import { Places } from "./places.js";

const KINDS = ["plain", "gradients", "grad_cam", "occlusion"];
const NAMES = { plain: "plain", gradients: "gradients", grad_cam: "gradCam", occlusion: "occlusion" };
const SHOWN = 10;

export class Evidence {
  constructor(app) {
    this.app = app;
    const { says } = app.speaker;
    this.picture = new Places(app, { kind: "gx-picture", label: says("thePicture"), rows: 1, columns: 1, fixed: true });
    const name = `gx-evidence-${Math.random().toString(36).slice(2)}`;
    this.kinds = KINDS.map(kind => {
      const input = el("input", { type: "radio", name, value: kind, checked: kind === app.state.evidence, onchange: () => app.go({ evidence: kind }) });
      return el("label", {}, input, el("span", {}, says(NAMES[kind])));
    });
    this.classes = el("select", { onchange: () => app.go({ number: Number(this.classes.value) }) });
    const withMaps = app.start.layers.filter(layer => layer.shape.length === 3 && Math.max(...layer.shape.slice(1)) > 1);
    this.cam = el("select", { onchange: () => app.go({ cam: Number(this.cam.value) }) }, withMaps.map(layer => el("option", { value: layer.index, selected: layer.index === app.state.cam }, layer.name)));
    this.ofLayer = el("label", { class: "gx-class" }, `${says("ofLayer")} `, this.cam);
    this.caption = el("p", { class: "gx-faint" });
    this.problem = el("p", { class: "gx-problem", role: "alert", hidden: true });
    this.bars = el("ol", { class: "gx-bars" });
    this.chooser = el("div", { class: "gx-chooser" }, el("div", { class: "gx-radios", role: "radiogroup", "aria-label": says("evidence") }, this.kinds), el("label", { class: "gx-class" }, `${says("forClass")} `, this.classes), this.ofLayer);
    this.node = el("section", { class: "gx-evidence" }, el("h2", {}, says("thePicture")), this.picture.node, this.chooser, this.problem, this.caption, el("h2", {}, says("probabilities")), this.bars);
    this.turn = 0;
  }

  update(changed) {
    const { app } = this, { seen } = app;
    if (!seen) return;
    if (changed.has("seen")) {
      this.fill();
      const [rows, columns] = seen.pixels.shape;
      this.picture.set({ rows, columns, cell: 340 / Math.max(rows, columns), image: photoImage(seen.pixels), label: app.pictureName(seen), over: [] });
    }
    if (["seen", "evidence", "class", "cam"].some(each => changed.has(each))) this.shade();
    if (changed.has("class") || changed.has("seen")) this.mark();
    this.box();
  }

  fill() {
    const { app } = this, { seen } = app, { says, percent, whole } = app.speaker;
    if (!seen.probabilities) {
      this.chooser.hidden = true;
      this.bars.replaceChildren(el("li", { class: "gx-faint" }, app.speaker.of(seen.no_classes)));
      return;
    }
    this.chooser.hidden = false;
    const shares = [...seen.probabilities.data], order = shares.map((_, at) => at).sort((one, other) => shares[other] - shares[one] || one - other);
    const rows = order.slice(0, SHOWN).map(at => {
      const right = at === seen.label;
      const button = el("button", { type: "button", "aria-pressed": "false", onclick: () => app.go({ number: at }) }, el("span", { class: "gx-label" }, app.className(at), right ? el("em", { title: says("right") }, ` ✓ ${says("right")}`) : null),
        el("span", { class: "gx-share", data: { name: `class-${at}`, value: shares[at] } }, percent(shares[at])), el("i", { style: `width: ${100 * shares[at]}%`, "aria-hidden": "true" }));
      return el("li", { data: { number: at } }, button);
    });
    const others = order.slice(SHOWN);
    if (others.length) rows.push(el("li", { class: "gx-faint" }, says("otherClasses", { n: whole(others.length), share: percent(others.reduce((so, at) => so + shares[at], 0)) })));
    this.bars.replaceChildren(...rows);
    this.classes.replaceChildren(...shares.map((_, at) => el("option", { value: at }, app.className(at))));
  }

  mark() {
    const { number } = this.app.state;
    this.classes.value = String(number);
    for (const row of this.bars.querySelectorAll("li[data-number]")) row.firstChild.setAttribute("aria-pressed", Number(row.dataset.number) === number);
  }

  async shade() {
    const { app } = this, { evidence, picture, number, cam } = app.state, { says, percent, times } = app.speaker, turn = ++this.turn;
    this.problem.hidden = true;
    this.ofLayer.hidden = evidence !== "grad_cam";
    if (evidence === "plain" || !app.seen.probabilities) {
      this.picture.set({ over: [] });
      this.caption.textContent = says("plainSays");
      return;
    }
    this.node.setAttribute("aria-busy", "true");
    this.caption.textContent = says("wait");
    try {
      const question = { ask: evidence, picture, number, ...(evidence === "grad_cam" ? { layer: cam } : {}) };
      const found = await app.ask(question);
      if (turn !== this.turn) return;
      this.picture.set({ over: [heatImage(found.values)] });
      const told = evidence === "occlusion" ? { probability: percent(found.probability), patch: times(found.patch) } : evidence === "grad_cam" ? { layer: app.start.layers[cam].name } : {};
      this.caption.textContent = says({ gradients: "gradientsSay", grad_cam: "gradCamSays", occlusion: "occlusionSays" }[evidence], told);
    } catch (error) {
      if (turn !== this.turn) return;
      this.picture.set({ over: [] });
      this.caption.textContent = "";
      this.problem.textContent = app.sentence(error);
      this.problem.hidden = false;
    } finally {
      if (turn === this.turn) this.node.removeAttribute("aria-busy");
    }
  }

  // What the chosen number sees.
  box() {
    const { state, start } = this.app, { field } = start.layers[state.layer];
    if (!field || !state.placed) return this.picture.set({ boxes: [] });
    const rows = field.rows[state.row] || field.rows[0], columns = field.columns[state.column] || field.columns[0];
    const some = rows[1] > rows[0] && columns[1] > columns[0];
    this.picture.set({ boxes: some ? [{ rows, columns, dim: state.evidence === "plain" }] : [] });
  }

  end() {
    this.picture.end();
  }
}
