document.querySelectorAll('.chart').forEach(function (place) {
  var spec = JSON.parse(document.getElementById(place.id + '-spec').textContent);
  // Vega describes its own container; the one around it keeps the text alternative.
  var inside = place.appendChild(document.createElement('div'));
  new vega.View(vega.parse(spec), {renderer: 'svg', container: inside, logLevel: vega.Warn, hover: false})
    .runAsync()
    .then(function () {
      place.dataset.drawn = place.querySelectorAll('svg path, svg text, svg line, svg rect').length;
    })
    .catch(function (error) {
      place.textContent = 'This plot cannot be drawn: ' + error.message;
      console.error(place.id, error);
    });
});
