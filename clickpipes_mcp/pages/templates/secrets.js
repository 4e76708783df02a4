"use strict";
document.getElementById("reveal").hidden = false;
document.getElementById("show").addEventListener("change", (event) => {
  for (const field of document.querySelectorAll("input[id^='secret-']:not([type='file'])")) {
    field.type = event.target.checked ? "text" : "password";
  }
});
