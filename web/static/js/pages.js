// Small things of the backstage pages: lists that filter, fields that show other fields.

document.addEventListener("input", (event) => {
  const field = event.target.closest("[data-filter]");
  if (!field) return;
  const wanted = field.value.trim().toLowerCase();
  for (const item of document.querySelectorAll(`${field.dataset.filter} [data-text]`)) {
    item.hidden = !item.dataset.text.includes(wanted);
  }
});

// Enter in a filter goes to the first entry that fits.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("[data-filter]")) return;
  const items = document.querySelectorAll(`${event.target.dataset.filter} [data-text]:not([hidden])`);
  items[0]?.querySelector("a")?.click();
});

// A whole row leads where its link leads, except where something else can be pressed.
document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-href]");
  if (!row || event.target.closest("a, button, input, select, label")) return;
  if (getSelection().toString()) return;
  location.href = row.dataset.href;
});
