// Tables of lists: sorted by their heads, filtered by words, shown as JSON, copied and saved as they are shown.
(() => {
  const whole = (inside) => inside.closest(".wb-list");
  const rowsOf = (list) => [...list.querySelectorAll("tbody tr")];
  const compare = {
    number: (one, two) => Number(one) - Number(two),
    other: new Intl.Collator(undefined, { numeric: true, sensitivity: "base" }).compare,
  };

  // Sort

  const sort = (list) => {
    const heads = [...list.querySelectorAll("th[aria-sort]")];
    const place = heads.findIndex((head) => head.getAttribute("aria-sort") !== "none");
    if (place < 0) return;
    const way = heads[place].getAttribute("aria-sort") === "ascending" ? 1 : -1;
    const by = /number|integer/.test(heads[place].dataset.kind) ? compare.number : compare.other;
    const value = (row) => row.children[place].dataset.value;
    const sorted = rowsOf(list).sort((one, two) => {
      const [a, b] = [value(one), value(two)];
      return a === "" || b === "" ? (a === "") - (b === "") : way * by(a, b);  // what has no value comes last
    });
    list.querySelector("tbody").append(...sorted);
  };
  const sortBy = (head) => {
    const list = whole(head);
    const next = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    for (const other of list.querySelectorAll("th[aria-sort]")) other.setAttribute("aria-sort", other === head ? next : "none");
    sort(list);
  };

  // Filter

  const filter = (list) => {
    const words = list.querySelector(".wb-list-filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = rowsOf(list);
    let found = 0;
    for (const row of rows) {
      const told = row.dataset.row.toLowerCase();
      row.hidden = !words.every((word) => told.includes(word));
      found += !row.hidden;
    }
    const count = list.querySelector("[data-count]");
    const put = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
    const number = (one) => one.toLocaleString(document.documentElement.lang || "en");
    let said = rows.length === 1 ? list.dataset.one : put(list.dataset.all, { count: number(rows.length) });
    if (words.length) said = put(list.dataset.some, { found: number(found), entries: said });
    count.textContent = count.dataset.more === "true" ? put(list.dataset.further, { entries: said }) : said;
    list.querySelector(".wb-list-none").hidden = found > 0 || !rows.length;
  };

  // Copy and save

  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const shownRows = (list) => rowsOf(list).filter((row) => !row.hidden);
  const texts = {
    csv: (list) => {
      const heads = [...list.querySelectorAll("th .wb-sort")].map((head) => head.textContent);
      const cells = shownRows(list).map((row) => [...row.querySelectorAll("td[data-value]")].map((cell) => cell.dataset.value));
      return [heads, ...cells].map((line) => line.map(quoted).join(",")).join("\r\n") + "\r\n";
    },
    json: (list) => `[\n${shownRows(list).map((row) => row.dataset.row).join(",\n")}\n]\n`,
  };
  const take = (button) => {
    const list = whole(button);
    const [how, form] = button.dataset.take.split(" ");
    const text = texts[form](list);
    button.closest("[popover]").hidePopover();
    if (how === "copy") return navigator.clipboard.writeText(text);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: form === "csv" ? "text/csv" : "application/json" }));
    link.download = `${list.dataset.name}.${form}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const show = (button) => {
    const list = whole(button);
    for (const one of list.querySelectorAll("[data-view]")) one.setAttribute("aria-pressed", String(one === button));
    for (const one of list.querySelectorAll("[data-shown]")) one.hidden = one.dataset.shown !== button.dataset.view;
  };

  addEventListener("click", (event) => {
    const pressed = event.target.closest?.(".wb-list button");
    if (!pressed) return;
    if (pressed.matches(".wb-sort")) sortBy(pressed.closest("th"));
    else if (pressed.dataset.take) take(pressed);
    else if (pressed.dataset.view) show(pressed);
  });
  addEventListener("input", (event) => { if (event.target.matches?.(".wb-list-filter")) filter(whole(event.target)); });
  new MutationObserver(() => {
    for (const count of document.querySelectorAll(".wb-list [data-count]:empty")) filter(whole(count));
  }).observe(document.documentElement, { childList: true, subtree: true });
  window.wbListAdd = (id, rows, json, more) => {
    const list = document.getElementById(id);
    if (!list) return;
    list.querySelector("tbody").insertAdjacentHTML("beforeend", rows);
    list.querySelector("[data-shown=json]").innerHTML = json;
    list.querySelector("[data-count]").dataset.more = String(more);
    sort(list);
    filter(list);
  };
})();
