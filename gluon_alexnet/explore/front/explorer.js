// The explorer: what is chosen, what is known of it, and the panels that show it. The same in a notebook and in a page.
import { el, later } from "./dom.js";
import { Evidence } from "./evidence.js";
import { Exciting } from "./exciting.js";
import { Maps, Strip } from "./layers.js";
import { Numbers } from "./number.js";
import { Pictures } from "./photo.js";
import { overRecord } from "./recorded.js";
import { key, overHttp, overModel, Told } from "./wire.js";
import { LANGUAGES, speaker } from "./words.js";

// Answers that stay the same while the page is open, and how many of them are kept.
const LASTING = ["look", "maps", "number", "gradients", "grad_cam", "occlusion"], KEPT = 80, PATIENCE = 10_000;

class Explorer {
  constructor(root, asked, { recorded = false, eager = true } = {}) {
    Object.assign(this, { root, asked, recorded, eager, panels: [], known: new Map(), pictures: [], gathered: null, turn: 0 });
    this.state = { picture: 0, layer: 0, channel: 0, row: 0, column: 0, placed: false, evidence: "plain", number: 0 };
    this.live = el("div", { class: "gx-live", "aria-live": "polite", role: "status" });
    this.say = later(250, text => {
      this.live.textContent = text;
    });
    this.speaker = speaker(document.documentElement.lang === "vi" ? "vi" : "en");
    root.classList.add("gx");
    this.watchScheme();
  }

  async begin() {
    const waiting = el("p", { class: "gx-faint gx-wait", role: "status" }, this.speaker.says("wait"));
    this.root.replaceChildren(waiting);
    // A notebook that somebody only reads has no kernel, and a kernel may be training for minutes.
    const timer = setTimeout(() => (waiting.textContent = this.speaker.says("patience")), PATIENCE);
    try {
      this.start = await this.ask({ ask: "start" });
    } catch (error) {
      this.root.replaceChildren(el("p", { class: "gx-problem", role: "alert" }, this.sentence(error)));
      return;
    } finally {
      clearTimeout(timer);
    }
    this.speaker = speaker(this.start.language);
    this.state.cam = this.start.cam;
    this.pictures = this.start.pictures;
    this.state.picture = this.pictures[0].picture;
    const first = this.start.layers.findIndex(layer => layer.shape.length === 3);
    this.state.layer = Math.max(first, 0);
    this.build();
    await this.go({}, false, ["picture", "layer", "channel"]);
    if (this.start.gathering && this.eager) this.gather();
  }

  // The words anew, in the language that is chosen.
  build() {
    for (const panel of this.panels) panel.end();
    const { says, whole, times } = this.speaker, { layers, title, input } = this.start;
    const languages = Object.entries(LANGUAGES).map(([code, name]) => el("button", { type: "button", lang: code, "aria-pressed": String(code === this.speaker.language), title: name, onclick: () => this.speak(code) }, code.toUpperCase()));
    const facts = [says("takes", { shape: times(input) }), says("parameters", { n: whole(layers.reduce((sum, layer) => sum + layer.parameters, 0)) })];
    const head = el("header", { class: "gx-head" }, el("div", {}, el("p", { class: "gx-over" }, says("title")), el("h1", {}, title), el("p", { class: "gx-faint" }, facts.join(" · "))), el("div", { class: "gx-languages", role: "group", "aria-label": says("language") }, languages));
    const [pictures, strip, maps, numbers, evidence, exciting] = (this.panels = [Pictures, Strip, Maps, Numbers, Evidence, Exciting].map(kind => new kind(this)));
    Object.assign(this, { mapsPanel: maps, numbersPanel: numbers });
    this.root.lang = this.speaker.language;
    this.root.replaceChildren(head, pictures.node, strip.node, el("div", { class: "gx-main" }, evidence.node, maps.node, el("div", { class: "gx-right" }, numbers.node, exciting.node)), this.live);
  }

  speak(language) {
    this.speaker = speaker(language);
    this.build();
    this.tell(["picture", "seen", "layer", "channel", "maps", "place", "number", "class", "evidence", "gathered", "pictures"]);
    this.root.querySelector(`.gx-languages [lang=${language}]`).focus();
  }

  tell(names) {
    const changed = new Set(names);
    for (const panel of this.panels) panel.update(changed);
  }

  // Changes what is chosen, and asks for what has to be known of it. others: what else has changed.
  async go(change, focus = false, others = []) {
    const { state } = this, changed = new Set(others);
    if (change.layer !== undefined && change.layer !== state.layer && change.channel === undefined) Object.assign(change, this.placeIn(change.layer));
    for (const [name, value] of Object.entries(change)) {
      if (state[name] === value) continue;
      state[name] = value;
      changed.add({ row: "place", column: "place", placed: "place", number: "class" }[name] || name);
    }
    if (!changed.size) return;
    if (changed.has("channel")) changed.add("place");
    const turn = ++this.turn, current = () => turn === this.turn;
    const { picture, layer } = state;
    const lookedFor = changed.has("picture") || (this.seen && this.seen.picture !== picture), mapsFor = lookedFor || changed.has("layer") || this.maps?.layer !== layer || this.maps?.picture !== picture;
    this.tell(changed);
    try {
      if (lookedFor) {
        const seen = await this.ask({ ask: "look", picture });
        if (!current()) return;
        this.seen = seen;
        if (seen.probabilities) state.number = seen.probabilities.data.reduce((best, each, at, all) => (each > all[best] ? at : best), 0);
        this.tell(["seen", "class"]);
        if (this.begun !== true) this.first();
      }
      if (mapsFor) {
        this.mapsPanel.node.setAttribute("aria-busy", "true");
        const { values } = await this.ask({ ask: "maps", picture, layer });
        if (!current()) return;
        this.maps = { picture, layer, values };
        this.mapsPanel.node.removeAttribute("aria-busy");
        this.tell(["maps", "channel", "place"]);
      }
    } catch (error) {
      if (!current()) return;
      this.mapsPanel.node.removeAttribute("aria-busy");
      this.mapsPanel.fail(this.sentence(error));
      return;
    }
    if (focus) this.mapsPanel.large.node.focus({ preventScroll: true });
    await this.takeApart(current);
  }

  async takeApart(current) {
    const { picture, layer, channel, row, column, placed } = this.state;
    if (!placed) {
      this.found = null;
      this.tell(["number"]);
      return;
    }
    try {
      const found = await this.ask({ ask: "number", picture, layer, channel, row, column });
      if (!current()) return;
      this.found = found;
      this.tell(["number"]);
    } catch (error) {
      if (!current()) return;
      this.found = null;
      this.numbersPanel.fail(this.sentence(error));
    }
  }

  // A page begins with the highest number of its first layer, so that there is something to see.
  first() {
    this.begun = true;
    const { channels, few } = this.seen.layers[this.state.layer], at = strongest(few.data);
    const [, rows, columns] = channels ? few.shape : [0, 1, 1], within = at % (rows * columns);
    const channel = channels ? channels.data[Math.floor(at / (rows * columns))] : at;
    Object.assign(this.state, { channel, row: Math.floor(within / columns), column: within % columns, placed: true });
  }

  // Where the reader lands in another layer: the strongest channel there, at about the same place of the picture.
  placeIn(index) {
    const layer = this.start.layers[index], before = this.start.layers[this.state.layer], { row, column, channel } = this.state;
    if (layer.shape.length !== 3) return { channel: this.seen ? strongest(this.seen.layers[index].few.data) : 0, row: 0, column: 0 };
    const few = this.seen?.layers[index].channels;
    const from = before.shape.length === 3 ? before.shape.slice(1) : [1, 1];
    const along = (place, axis) => (from[axis] === 1 ? Math.floor(layer.shape[1 + axis] / 2) : Math.round((place / (from[axis] - 1)) * (layer.shape[1 + axis] - 1)));
    // Of a layer that changes each map by itself, the maps go on in the next one.
    const later = index === this.state.layer + 1 ? layer : index === this.state.layer - 1 ? before : null;
    const same = later && ["pool", "globalpool", "batchnorm", "responsenorm", "activation", "dropout"].includes(later.kind) && before.shape.length === 3;
    return { channel: same ? channel : few ? few.data[0] : 0, row: along(row, 0), column: along(column, 1) };
  }

  async ask(question, buffers) {
    const name = key(question), lasting = LASTING.includes(question.ask) || (this.gathered?.over && ["survey", "thumbs"].includes(question.ask));
    if (lasting && this.known.has(name)) return this.known.get(name);
    const asked = this.asked(question, buffers).then(answer => {
      if (answer === null) throw new Told(this.speaker.says("lost"));
      return answer;
    });
    if (lasting) {
      this.known.set(name, asked);
      asked.catch(() => this.known.delete(name));
      for (const old of [...this.known.keys()].slice(0, Math.max(0, this.known.size - KEPT))) this.known.delete(old);
    }
    return asked;
  }

  // Looks through the training pictures, a batch at a time, other questions in between.
  async gather() {
    if (this.gathering) return;
    this.gathering = true;
    try {
      do {
        this.gathered = await this.ask({ ask: "gather" });
        this.tell(["gathered"]);
        await new Promise(resolve => setTimeout(resolve, 20));
      } while (!this.gathered.over && this.root.isConnected);
    } catch (error) {
      this.panels.at(-1).fail(this.sentence(error));
    }
    this.gathering = false;
    this.tell(["gathered"]);
  }

  sentence(error) {
    return error.said?.[this.speaker.language] ?? (error instanceof Error ? error.message : String(error));
  }

  className(number) {
    const names = this.start.classes[this.speaker.language];
    return names?.[number] ?? this.speaker.says("classNumber", { n: number });
  }

  pictureName({ picture, name, label }) {
    const { says } = this.speaker, own = name || says("pictureNamed", { n: picture + 1 });
    return label === null || label === undefined ? own : says("ofClass", { name: own, label: this.className(label) });
  }

  // Light or dark, as what lies behind is: a notebook has its own idea of that.
  watchScheme() {
    const look = () => {
      let behind = this.root.parentElement, colour = null;
      for (; behind && !colour; behind = behind.parentElement) {
        // A notebook may render before it shows: until then there is no style.
        const [red, green, blue, share = 1] = (getComputedStyle(behind).backgroundColor.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
        if (share > 0.5) colour = red * 0.299 + green * 0.587 + blue * 0.114;
      }
      const scheme = (colour ?? 255) < 128 ? "dark" : "light";
      if (scheme === this.scheme) return;
      this.scheme = scheme;
      this.root.dataset.scheme = scheme;
      if (this.start) this.tell(["scheme", "seen", "maps", "number", "layer"]);
    };
    look();
    this.media = matchMedia("(prefers-color-scheme: dark)");
    this.media.addEventListener("change", look);
    this.watch = new MutationObserver(look);
    for (const each of [document.body, document.documentElement]) this.watch.observe(each, { attributes: true });
    this.appeared = new ResizeObserver(look);
    this.appeared.observe(this.root);
    this.stopWatching = () => {
      this.media.removeEventListener("change", look);
      this.appeared.disconnect();
    };
  }

  end() {
    this.stopWatching();
    this.watch.disconnect();
    for (const panel of this.panels) panel.end();
    this.root.replaceChildren();
  }
}

function strongest(values) {
  return values.reduce((best, each, at) => (each > values[best] ? at : best), 0);
}

// In a page. how: {ask: where answers come from} or {record: answers that lie here}.
function begin(element, how) {
  let explorer = null;
  const missing = () => explorer.speaker.says("notRecorded");
  const asked = how.record ? overRecord(how.record, missing) : overHttp(how.ask);
  explorer = new Explorer(element, asked, { recorded: Boolean(how.record) });
  explorer.begin();
  return explorer;
}

// In a notebook, as anywidget calls it.
function render({ model, el: element }) {
  const { ask, end } = overModel(model), root = element.appendChild(document.createElement("div"));
  // Letters are commands of JupyterLab's, two of them delete a cell; Ctrl+S goes on to it.
  root.addEventListener("keydown", event => event.ctrlKey || event.metaKey || event.stopPropagation());
  // A notebook's kernel has other work: it looks through many pictures when it is told to.
  const explorer = new Explorer(root, ask, { eager: false });
  explorer.begin();
  return () => {
    end();
    explorer.end();
  };
}

export { begin };
export default { render };
