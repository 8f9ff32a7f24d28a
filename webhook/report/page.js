"use strict";
(() => {
  const id = name => document.getElementById(name);
  const data = JSON.parse(id("d").textContent);
  const text = number => data.s[number];
  const rows = [...id("t").tBodies[0].rows];
  const cells = rows.map(row => [...row.cells].map(cell => cell.textContent));
  const make = (name, content) => {
    const element = document.createElement(name);
    if (content !== undefined) element.textContent = content;
    return element;
  };
  const lines = (name, block, into) => {
    if (block) block.replace(/\n$/, "").split("\n").forEach(line => into.append(make(name, line)));
  };
  const detail = index => {
    const [file, line, passed, timeline, said, edits] = data.w[index];
    const row = make("tr"), cell = make("td");
    row.className = "more";
    cell.colSpan = 6;
    cell.append(make("p", `${text(file)}, line ${line}`));
    if (text(passed)) cell.append(make("p", `Passed over: ${text(passed)}`));
    cell.append(id("t" + timeline).content.cloneNode(true));
    if (said.length) {
      const list = make("ul");
      said.forEach(one => list.append(make("li", text(one))));
      cell.append(list);
    }
    edits.forEach(([at, removed, added]) => {
      const block = make("pre");
      block.tabIndex = 0;
      block.setAttribute("aria-label", `change at line ${at}`);
      lines("del", text(removed), block);
      lines("ins", text(added), block);
      cell.append(make("p", `line ${at}`), block);
    });
    row.append(cell);
    return row;
  };
  const toggle = (index, open) => {
    const row = rows[index], button = row.querySelector("button");
    const is = button.getAttribute("aria-expanded") === "true";
    if (open === is) return;
    button.setAttribute("aria-expanded", String(open));
    if (open) row.after(detail(index)); else row.nextElementSibling.remove();
  };
  rows.forEach((row, index) => {
    const button = row.querySelector("button");
    button.type = "button";
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => toggle(index, button.getAttribute("aria-expanded") !== "true"));
  });
  [...new Set(cells.map(cell => cell[2]))].sort().forEach(name => {
    const option = make("option", name);
    option.value = "n" + name;
    id("n").append(option);
  });
  const filter = () => {
    const words = id("q").value.toLowerCase().split(/\s+/).filter(Boolean);
    const space = id("n").value, loss = id("l").value, state = id("s").value;
    let shown = 0;
    rows.forEach((row, index) => {
      const cell = cells[index], all = `${cell[0]} ${cell[1]} ${cell[2]}`.toLowerCase();
      const lost = Number(row.dataset.b);
      const good = words.every(word => all.includes(word)) && (!space || space === "n" + cell[2]) &&
        (!loss || (loss === "0" ? lost === 0 : (lost & Number(loss)) !== 0)) && (!state || state === row.dataset.s);
      if (!good) toggle(index, false);
      row.hidden = !good;
      shown += good;
    });
    id("c").textContent = `${shown} of ${rows.length} shown`;
  };
  ["q", "n", "l", "s"].forEach(name => id(name).addEventListener("input", filter));
  const openShown = open => rows.forEach((row, index) => { if (!row.hidden) toggle(index, open); });
  id("x").addEventListener("click", () => {
    const open = id("x").textContent === "Open all";
    openShown(open);
    id("x").textContent = open ? "Close all" : "Open all";
  });
  filter();
})();
