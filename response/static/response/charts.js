// Draws the charts of the metrics page, each from the table beside it: without a script, or
// where drawing fails, the tables say the same.
(function () {
  "use strict";

  if (!window.Chart) {
    document.documentElement.classList.remove("has-script");
    return;
  }

  var UNITS = [
    { seconds: 86400, name: "d", from: 3 * 86400 },
    { seconds: 3600, name: "h", from: 2 * 3600 },
    { seconds: 60, name: "min", from: 0 },
  ];
  var drawn = [];

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  }

  // What is cut out of a bar's colour, so that bars are told apart without it as well: in black
  // and white, or by those who see no difference between two colours.
  var CUTS = [
    function rising(pen, size) { slant(pen, size, 1); },
    function dots(pen, size) {
      pen.beginPath();
      pen.arc(size / 2, size / 2, size / 4, 0, 2 * Math.PI);
      pen.fill();
    },
    function across(pen, size) { pen.fillRect(0, size / 2 - 1, size, 2); },
    function falling(pen, size) { slant(pen, size, -1); },
    function upright(pen, size) { pen.fillRect(size / 2 - 1, 0, 2, size); },
    function grid(pen, size) {
      pen.fillRect(0, size / 2 - 1, size, 2);
      pen.fillRect(size / 2 - 1, 0, 2, size);
    },
    function lattice(pen, size) {
      slant(pen, size, 1);
      slant(pen, size, -1);
    },
  ];

  // Lines from corner to corner of a tile, and those of its neighbours that reach into it.
  function slant(pen, size, direction) {
    pen.beginPath();
    [-size, 0, size].forEach(function (shift) {
      pen.moveTo(shift - size / 2, direction > 0 ? size * 1.5 : -size / 2);
      pen.lineTo(shift + size * 1.5, direction > 0 ? -size / 2 : size * 1.5);
    });
    pen.stroke();
  }

  // The first series of a chart is plain, and each other one has a pattern of its own: where
  // there are more of them than shapes, these come again in a larger size.
  function fill(own, number) {
    if (number === 0) return own;
    var size = 8 + 4 * Math.floor((number - 1) / CUTS.length);
    var tile = document.createElement("canvas");
    tile.width = tile.height = size;
    var pen = tile.getContext("2d");
    pen.fillStyle = own;
    pen.fillRect(0, 0, size, size);
    pen.fillStyle = pen.strokeStyle = colour("page");
    pen.lineWidth = 1.5;
    CUTS[(number - 1) % CUTS.length](pen, size);
    return pen.createPattern(tile, "repeat");
  }

  // The table as a chart needs it: a label per row, and a series per coloured column.
  function read(table) {
    var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
    var rows = Array.prototype.slice.call(table.tBodies[0].rows);
    var series = [];
    heads.forEach(function (head, column) {
      if (!head.dataset.colour) return;
      var cells = rows.map(function (row) { return row.cells[column]; });
      series.push({
        name: head.textContent,
        colour: head.dataset.colour,
        hollow: head.dataset.hollow === "true",
        kind: head.dataset.kind,
        texts: cells.map(function (cell) { return cell.textContent; }),
        values: cells.map(function (cell) {
          return cell.dataset.value === "" ? null : Number(cell.dataset.value);
        }),
      });
    });
    return {
      labels: rows.map(function (row) { return row.cells[0].textContent; }),
      series: series,
    };
  }

  function unitOf(series) {
    if (series.every(function (one) { return one.kind !== "span"; })) return null;
    var most = 0;
    series.forEach(function (one) {
      one.values.forEach(function (value) { most = Math.max(most, value || 0); });
    });
    return UNITS.find(function (unit) { return most >= unit.from; });
  }

  function datasets(series, kind, unit) {
    var lines = kind === "lines";
    return series.map(function (one, number) {
      var own = colour(one.colour);
      return {
        label: one.name,
        data: one.values.map(function (value) {
          return value === null || !unit ? value : value / unit.seconds;
        }),
        backgroundColor: lines ? own : one.hollow ? colour("page") : fill(own, number),
        borderColor: lines || one.hollow ? own : colour("page"),
        borderWidth: lines || one.hollow ? 2 : 1,
        borderSkipped: !one.hollow && "start",
        borderDash: lines && one.colour === "major" ? [6, 4] : [],
        pointRadius: lines ? 3 : 0,
        pointStyle: one.colour === "major" ? "rectRot" : "circle",
        spanGaps: false,
        tension: 0,
      };
    });
  }

  function options(data, kind, unit) {
    var stacked = kind === "stacked";
    var values = {
      beginAtZero: true,
      stacked: stacked,
      title: { display: !!unit, text: unit ? unit.name : "", color: colour("muted") },
      ticks: { precision: unit ? undefined : 0, color: colour("muted") },
      grid: { color: colour("line") },
    };
    var labels = {
      stacked: stacked,
      ticks: { color: colour("muted"), autoSkip: kind !== "rows", maxRotation: 60 },
      grid: { display: false },
    };
    return {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      indexAxis: kind === "rows" ? "y" : "x",
      interaction: { mode: "index", intersect: false, axis: kind === "rows" ? "y" : "x" },
      scales: kind === "rows" ? { x: values, y: labels } : { x: labels, y: values },
      plugins: {
        legend: {
          labels: {
            color: colour("text"),
            usePointStyle: kind === "lines",
            boxWidth: kind === "lines" ? 8 : 24,
            boxHeight: kind === "lines" ? 8 : 14,
          },
        },
        tooltip: {
          callbacks: {
            label: function (item) {
              return item.dataset.label + ": " + data.series[item.datasetIndex].texts[item.dataIndex];
            },
          },
        },
      },
    };
  }

  function draw(place) {
    var kind = place.dataset.chart;
    var data = read(document.getElementById(place.dataset.table));
    var unit = unitOf(data.series);
    var canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", place.dataset.label);
    place.replaceChildren(canvas);
    drawn.push(
      new window.Chart(canvas, {
        type: kind === "lines" ? "line" : "bar",
        data: { labels: data.labels, datasets: datasets(data.series, kind, unit) },
        options: options(data, kind, unit),
      })
    );
  }

  function drawAll() {
    drawn.splice(0).forEach(function (chart) { chart.destroy(); });
    document.querySelectorAll("[data-chart]").forEach(draw);
  }

  window.Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  drawAll();
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  // On paper the page has other colours, which a drawn chart does not follow by itself.
  window.matchMedia("print").addEventListener("change", drawAll);
})();
