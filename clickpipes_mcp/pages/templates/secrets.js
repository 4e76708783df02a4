"use strict";
/* Without a script a pasted key can be read on the screen, and a line cannot. */
const areas = document.querySelectorAll("textarea[id^='secret-']");
for (const area of areas) {
  area.classList.add("concealed");
}
document.getElementById("reveal").hidden = false;
document.getElementById("show").addEventListener("change", (event) => {
  for (const field of document.querySelectorAll("input[id^='secret-']:not([type='file'])")) {
    field.type = event.target.checked ? "text" : "password";
  }
  for (const area of areas) {
    area.classList.toggle("concealed", !event.target.checked);
  }
});
