"use strict";
(() => {
  const table = document.getElementById("table"), form = document.getElementById("filters");
  if (!table) return;
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells], keys = heads.map(head => head.dataset.key);
  const last = keys.length, total = keys.indexOf("total"), said = document.getElementById("said");
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
  // Found with and without accents: "nguyen" finds "Nguyễn".
  const plain = text => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d");
  const number = text => text === undefined || text === "" ? null : Number(text);
  const rows = [...body.rows].map(row => {
    const cells = [...row.cells];
    return {
      row, cells, text: plain(row.textContent), words: cells.map(cell => cell.textContent),
      values: cells.map(cell => number(cell.dataset.v)), marks: cells.map(cell => new Set((cell.dataset.f || "").split(" "))),
    };
  });
  let sort = "", down = false, only = -2;

  const order = () => {
    const place = keys.indexOf(sort);
    if (place < 0) return rows;
    const worded = sort === "student" || sort === "remarks", sign = down ? -1 : 1;
    return rows.slice().sort((a, b) => {
      if (worded) return sign * collator.compare(a.words[place], b.words[place]);
      const [one, other] = [a.values[place], b.values[place]];
      // Who has no score stands last, whichever way it goes.
      if (one === null || other === null) return (one === null) - (other === null);
      return sign * (one - other);
    });
  };

  const show = () => {
    const query = plain(form.q.value.trim()), exercise = keys.indexOf(form.exercise.value || "-"), mark = form.marked.value.replace(/ /g, "-");
    const low = number(form.from.value), high = number(form.to.value), place = exercise > 0 ? exercise : total;
    let count = 0;
    for (const each of rows) {
      const value = each.values[place];
      const marked = !mark || (exercise > 0 ? each.marks[exercise].has(mark) : each.marks.some(marks => marks.has(mark)));
      const within = (low === null || (value !== null && value >= low)) && (high === null || (value !== null && value <= high));
      const seen = marked && within && (!query || each.text.includes(query)) && (exercise < 0 || each.cells[exercise].dataset.v !== undefined);
      if (each.row.hidden === seen) each.row.hidden = !seen;
      count += seen;
    }
    if (only !== exercise) {
      only = exercise;
      table.classList.toggle("one", exercise > 0);
      for (const cells of [heads, ...rows.map(each => each.cells)])
        for (let at = 1; at <= total; at++) cells[at].hidden = exercise > 0 && at !== exercise;
    }
    said.textContent = said.dataset.said.replace("{shown}", count).replace("{all}", rows.length);
  };

  const arrange = () => {
    heads.forEach((head, place) => {
      if (keys[place] === sort) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    body.append(...order().map(each => each.row));
  };

  const remember = () => {
    const state = new URLSearchParams();
    for (const name of ["q", "exercise", "marked", "from", "to"]) if (form[name].value) state.set(name, form[name].value);
    if (sort) state.set("sort", sort);
    if (down) state.set("order", "down");
    history.replaceState(null, "", "#" + state);
  };

  // What the address says; the name of a section is no filter.
  const recall = () => {
    if (!location.hash.includes("=")) return false;
    const state = new URLSearchParams(location.hash.slice(1));
    for (const name of ["q", "exercise", "marked", "from", "to"]) form[name].value = state.get(name) || "";
    sort = keys.includes(state.get("sort")) ? state.get("sort") : "";
    down = state.get("order") === "down";
    return true;
  };

  heads.forEach((head, place) => head.querySelector("button").addEventListener("click", () => {
    const numbers = place > 0 && place < last - 1;
    down = sort === keys[place] ? !down : numbers;
    sort = keys[place];
    arrange();
    remember();
  }));
  form.addEventListener("input", () => { show(); remember(); });
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { sort = ""; down = false; arrange(); show(); remember(); }));
  addEventListener("hashchange", () => {
    if (!recall()) return;
    arrange();
    show();
    document.getElementById("students").scrollIntoView();
  });
  form.hidden = false;
  if (recall() && sort) arrange();
  show();

  const again = document.getElementById("again");
  if (again) {
    const stopped = "gluon_alexnet again";
    try { again.checked = sessionStorage.getItem(stopped) !== "no"; } catch { /* pages from files may have no storage */ }
    again.addEventListener("change", () => { try { sessionStorage.setItem(stopped, again.checked ? "yes" : "no"); } catch { /* nor here */ } });
    setInterval(() => {
      const typing = form.contains(document.activeElement) || String(getSelection()) !== "";
      if (again.checked && !typing) location.reload();
    }, 1000 * again.dataset.seconds);
  }
})();
