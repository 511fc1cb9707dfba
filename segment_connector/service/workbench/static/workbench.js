// The keyboard of every page: '/' searches, arrows walk over what was found, Ctrl+K opens the palette, Ctrl+Enter runs.
(() => {
  const script = document.currentScript;
  const isTyping = () => /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName) ||
    document.activeElement?.isContentEditable;
  const apple = /Mac|iPhone|iPad/.test(navigator.platform);
  const command = (event) => (apple ? event.metaKey : event.ctrlKey) && !event.altKey;

  // Focus

  window.wbFirstField = () => {
    // A phone would open its keyboard, and who was quicker than the page stays where they are.
    if (matchMedia("(pointer: coarse)").matches || location.hash || isTyping()) return;
    const fields = document.querySelectorAll(".wb-form :is(input, textarea, select)");
    const first = [...fields].find((one) => one.checkVisibility?.() ?? one.offsetParent);
    first?.focus({ preventScroll: true });
    first?.select?.();
  };
  window.wbGoTo = (id) => {
    const field = document.getElementById(id);
    for (let folded = field?.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
    field?.scrollIntoView({ block: "center" });
    (field?.querySelector("[aria-invalid=true]") ?? field?.querySelector("input, textarea, select, button"))
      ?.focus({ preventScroll: true });
  };
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-field]");
    if (!link) return;
    event.preventDefault();
    window.wbGoTo(link.dataset.field);
  });

  // Run

  addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.altKey || document.querySelector("dialog[open], .q-dialog")) return;
    const button = document.querySelector("[data-run]");
    if (!button) return;
    event.preventDefault();
    // A field tells what was typed when it is left, and not before nobody typed for a moment; Vue passes it on after this.
    const field = document.activeElement;
    field?.blur();
    setTimeout(() => {
      field?.focus({ preventScroll: true });
      button.click();
    });
  });

  // Search

  const search = () => document.querySelector(".wb-search input");
  const hits = () => [...document.querySelectorAll(".wb-results a.wb-action")];
  const shownFor = () => document.querySelector(".wb-results [data-search]")?.dataset.search;
  const whenShown = (then) => {
    const typed = search().value;
    if (shownFor() === typed) return then();
    const watch = new MutationObserver(() => {
      if (search().value !== typed) return watch.disconnect();
      if (shownFor() !== typed) return;
      watch.disconnect();
      then();
    });
    watch.observe(document.querySelector(".wb-results"), { childList: true, subtree: true, attributes: true });
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !isTyping() && search()) {
      event.preventDefault();
      return search().focus();
    }
    const inSearch = document.activeElement === search();
    if (inSearch && event.key === "Enter") return whenShown(() => search().value.trim() && hits()[0]?.click());
    if (inSearch && event.key === "ArrowDown") {
      event.preventDefault();
      return whenShown(() => hits()[0]?.focus());
    }
    const place = hits().indexOf(document.activeElement);
    if (place < 0) return;
    const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: hits().length - 1 }[event.key];
    if (to === undefined && event.key !== "Escape") return;
    event.preventDefault();
    (event.key === "Escape" || to < 0 ? search() : hits()[Math.min(to, hits().length - 1)])?.focus();
  });

  // Files: one that is dropped on any page is taken to the page that sends files, and not opened instead

  const shelf = (mode, use) => new Promise((done, failed) => {
    const opened = indexedDB.open("workbench", 1);
    opened.onupgradeneeded = () => opened.result.createObjectStore("dropped");
    opened.onerror = () => failed(opened.error);
    opened.onsuccess = () => {
      const change = opened.result.transaction("dropped", mode);
      const request = use(change.objectStore("dropped"));
      change.oncomplete = () => (opened.result.close(), done(request.result));
      change.onerror = () => failed(change.error);
    };
  });
  const takeDropped = async () => {
    const file = await shelf("readonly", (store) => store.get("file"));
    if (!file) return;
    await shelf("readwrite", (store) => store.delete("file"));
    window.wbTake(file);
  };
  const holdsFiles = (event) => !event.defaultPrevented && event.dataTransfer?.types.includes("Files");
  if (window.wbTake) takeDropped().catch(() => {});
  else {
    addEventListener("dragover", (event) => { if (holdsFiles(event)) event.preventDefault(); });
    addEventListener("drop", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      const [file] = event.dataTransfer.files;
      if (file) shelf("readwrite", (store) => store.put(file, "file")).then(() => location.assign(script.dataset.files));
    });
  }

  // Copy: a button copies what its neighbour holds that has the attribute 'data-copy', while the press lasts

  addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-copies]");
    const source = button?.parentElement.querySelector("[data-copy]");
    if (!source) return;
    navigator.clipboard.writeText(source.dataset.copy || source.textContent);
    const used = button.querySelector("use");
    const show = (name) => used.setAttribute("xlink:href", used.getAttribute("xlink:href").replace(/#.*/, `#${name}`));
    show("check");
    setTimeout(() => show("content_copy"), 1200);
  });

  // Menus: a popover stands at the button that opens it, and arrows walk over what is in it

  const openerOf = (menu) => document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
  const place = (menu) => {
    const at = openerOf(menu).getBoundingClientRect();
    const below = innerHeight - at.bottom - 12;
    const up = menu.scrollHeight > below && at.top > below;
    menu.style.maxHeight = `${Math.max(120, up ? at.top - 12 : below)}px`;
    menu.style.top = `${up ? Math.max(8, at.top - menu.offsetHeight - 4) : at.bottom + 4}px`;
    menu.style.left = `${Math.max(8, Math.min(at.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`;
  };
  addEventListener("toggle", (event) => {
    const menu = event.target;
    if (event.newState !== "open" || !menu.matches?.(".wb-popover")) return;
    place(menu);
    menu.querySelector("a, button")?.focus({ preventScroll: true });
  }, true);
  addEventListener("scroll", (event) => {
    const menu = document.querySelector(".wb-popover:popover-open");
    if (menu && event.target !== menu) place(menu);
  }, true);
  addEventListener("keydown", (event) => {
    const menu = document.activeElement?.closest(".wb-popover");
    const entries = menu ? [...menu.querySelectorAll("a, button")] : [];
    const place = entries.indexOf(document.activeElement);
    const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (place < 0 || to === undefined) return;
    event.preventDefault();
    entries[(to + entries.length) % entries.length].focus();
  });
  // Where the button is scrolled away, the menu would be left behind.
  addEventListener("scroll", () => {
    const menu = document.querySelector(".wb-popover:popover-open");
    if (menu && Math.abs(openerOf(menu).getBoundingClientRect().top - menu.dataset.top) > 2) menu.hidePopover();
  }, true);

  // Palette

  const made = (tag, attributes, ...inside) => {
    const one = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
    one.append(...inside);
    return one;
  };
  let dialog, input, list, said, words;
  let shown = [];
  let at = 0;
  let asked;
  let awaited = Promise.resolve();

  const mark = (place) => {
    at = Math.max(0, Math.min(place, shown.length - 1));
    [...list.children].forEach((one, index) => one.setAttribute("aria-selected", String(index === at)));
    const chosen = list.children[at];
    chosen ? input.setAttribute("aria-activedescendant", chosen.id) : input.removeAttribute("aria-activedescendant");
    chosen?.scrollIntoView({ block: "nearest" });
  };
  const option = (entry, index) => {
    const words = [made("span", { class: "wb-palette-title" }, entry.title)];
    if (entry.name) words.push(made("code", {}, entry.name));
    words.push(made("span", { class: "wb-quiet" }, entry.kind));
    const one = made("li", { role: "option", id: `wb-palette-${index}`, "aria-selected": "false" }, ...words);
    one.addEventListener("click", () => go(index));
    one.addEventListener("pointermove", () => at !== index && mark(index));
    return one;
  };
  const go = (index) => {
    if (!shown[index]) return;
    dialog.close();
    location.assign(shown[index].href);
  };
  const ask = async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(`${script.dataset.palette}?q=${encodeURIComponent(input.value)}`, { signal: asked.signal });
      shown = answer.ok ? await answer.json() : [];
    } catch (error) {
      if (error.name === "AbortError") return;
      shown = [];
    }
    list.replaceChildren(...shown.map(option));
    said.textContent = shown.length ? words.count.replace("{count}", shown.length) : words.nothing;
    mark(0);
  };
  const build = () => {
    words = JSON.parse(document.querySelector("[data-palette-opens]").dataset.words);
    input = made("input", {
      class: "wb-palette-search", type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "wb-palette-list",
      "aria-autocomplete": "list", "aria-label": words.go, placeholder: words.ask,
      autocomplete: "off", spellcheck: "false", maxlength: "200",
    });
    list = made("ul", { id: "wb-palette-list", role: "listbox", "aria-label": words.found, class: "wb-palette-list" });
    said = made("p", { class: "wb-sr", role: "status" });
    dialog = made("dialog", { class: "wb-palette", "aria-label": words.go }, input, list, said);
    input.addEventListener("input", () => { awaited = ask(); });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("keydown", (event) => {
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 6, PageUp: at - 6 }[event.key];
      if (to !== undefined) mark(to);
      else if (event.key === "Enter") awaited.then(() => go(at));  // what was typed last is found first
      else return;
      event.preventDefault();
    });
    document.body.append(dialog);
  };
  const open = () => {
    if (!dialog) build();
    if (dialog.open) return dialog.close();
    input.value = "";
    dialog.showModal();
    awaited = ask();
  };
  // What is found is put together when it is first asked for, so that is done before somebody waits for it.
  addEventListener("load", () => setTimeout(() => {
    if (sessionStorage.wbPalette) return;
    sessionStorage.wbPalette = "asked";
    fetch(script.dataset.palette).catch(() => {});
  }, 1500));
  addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !command(event) || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  addEventListener("click", (event) => { if (event.target.closest?.("[data-palette-opens]")) open(); });
  document.documentElement.classList.toggle("wb-apple", apple);
})();
