// Runs before anything is painted, so that what needs a script does not move the page.
document.documentElement.classList.add("has-script");
