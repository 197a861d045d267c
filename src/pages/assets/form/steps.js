// Steps: which one is shown, progress, review.

function heading() {
  return all('h1,h2', steps[current])[0];
}

function reachableSteps() {
  return steps.filter(function (step) {
    return (
      dataOf(step, 'off') === null &&
      (dataOf(step, 's') === null || questions(step).some(isAsked))
    );
  });
}

// Whether a hidden step may still be asked: its condition uses a question that comes later.
function mayBeAsked(step) {
  var uses = (dataOf(step, 'if') || '').match(/\["(q|count|answered)","\w+"/g) || [];
  return uses.some(function (use) {
    var question = byId('q-' + use.split('"')[3]);
    return question && steps.indexOf(question.parentNode) >= current;
  });
}

function showProgress() {
  var sections = reachableSteps().filter(function (step) {
      return dataOf(step, 's') !== null;
    }),
    index = sections.indexOf(steps[current]),
    more = 0,
    left = sections.length - 1 - index;
  steps.forEach(function (step, place) {
    if (place > current && dataOf(step, 'off') !== null && mayBeAsked(step)) more++;
  });
  byId('where').textContent =
    index < 0
      ? ''
      : fillIn(more ? 'step_most' : left ? 'step' : 'step_last', {
          at: index + 1,
          left: left + more
        });
  byId('bar').style.width = current
    ? (index < 0 ? 100 : (100 * index) / (sections.length + more)) + '%'
    : 0;
}

function countTime() {
  var section = steps[current] && dataOf(steps[current], 's');
  if (section && enteredAt)
    draft.p[section] = (draft.p[section] || 0) + Math.round((Date.now() - enteredAt) / 1000);
  enteredAt = Date.now();
}

// `isForward`: true for a new step, false for the browser's back and forward, undefined at first.
function showStep(index, isForward) {
  var reachable = reachableSteps(),
    step,
    isFront,
    isReview;
  countTime();
  current = Math.max(0, Math.min(index, steps.length - 1));
  while (current && current < steps.length - 1 && reachable.indexOf(steps[current]) < 0)
    current++;
  step = steps[current];
  isFront = !current;
  isReview = step.id == 's-review';
  steps.forEach(function (other) {
    other.hidden = other != step;
  });
  if (isReview) showReview();
  byId('nav').hidden = isFront;
  all('.top b')[0].hidden = !isFront;
  byId('bar').parentNode.hidden = isFront;
  byId('next').hidden = isReview || step.id == 's-end';
  byId('send').hidden = !isReview;
  byId('back').hidden = !!draft.s;
  byId('next').textContent = editing ? texts.again : texts.next;
  showProgress();
  showState('');
  justAnswered = [];
  if (isForward) {
    history.pushState({ at: current }, '');
    draft.at = current;
    saveAnswers();
  }
  shownAt = Date.now();
  if (isForward !== undefined) {
    showSummary([]);
    win.scrollTo(0, 0);
    heading().focus();
  }
}

function showReview() {
  var box = byId('review'),
    list,
    section = null;
  box.textContent = '';
  questions()
    .filter(isAsked)
    .forEach(function (question) {
      var button,
        given,
        label = all('h2', question.parentNode)[0].textContent;
      if (label != section) {
        append('h3', (section = label), box).setAttribute('aria-level', 2);
        list = append('ul', '', box);
        list.className = 'rev';
      }
      button = append('button', '', append('li', '', list));
      button.type = 'button';
      append('span', textOf(question), button);
      given = fields(question)
        .filter(function (field) {
          return field.value.trim() && (!isChoice(field) || field.checked);
        })
        .map(function (field) {
          return isChoice(field)
            ? field.parentNode.textContent
            : field.options
              ? field.options[field.selectedIndex].text
              : field.value.trim() +
                (field.nextSibling ? ' ' + field.nextSibling.textContent : '');
        });
      append('b', given.join(texts.comma) || texts.no_answer, button);
      button.disabled = draft.s;
      button.onclick = function () {
        editing = true;
        goTo(question);
      };
    });
}
