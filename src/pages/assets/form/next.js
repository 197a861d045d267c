// From one step to the next.

// Warns once in a questionnaire, of the first step that was answered faster than it can be read, or
// fast and with the same answer everywhere.
function warnOnce(step) {
  var count = justAnswered.length,
    time = Date.now() - enteredAt,
    answers = questions(step)
      .filter(isAsked)
      .map(function (question) {
        return values(question)[0];
      });
  if (
    warned ||
    !(
      (count > 3 && time < count * 800) ||
      (count > 4 &&
        time < count * 1200 &&
        answers.every(function (given) {
          return given === answers[0];
        }))
    )
  )
    return false;
  warned = true;
  showState(texts.fast);
  return true;
}

function nextStep() {
  var step = steps[current],
    here = questions(step),
    end,
    index;
  if (Date.now() - shownAt < 300) return;
  if (showSummary(findFaults(here))) return;
  end = here.filter(function (question) {
    return isAsked(question) && evaluateRule(question, 'x') === true;
  })[0];
  if (end) {
    byId('end').textContent = dataOf(end, 'xt') || texts.screened_out;
    deleteDraft();
    showStep(steps.length - 1, true);
    deleteDraft();
    return;
  }
  if (warnOnce(step)) return;
  index = current + 1;
  // After a correction the review follows, unless the correction led to a new question.
  if (editing) {
    while (
      index < steps.length - 2 &&
      !questions(steps[index]).some(function (question) {
        return isAsked(question) && faultOf(question);
      })
    )
      index++;
    if (steps[index].id == 's-review') editing = false;
  }
  showStep(index, true);
}
