// Sending, until it is acknowledged. The id is the same each time, so the response is stored once.

function formBody() {
  var pairs = [];
  function add(name, value) {
    pairs.push(encodeURIComponent(name) + '=' + encodeURIComponent(value));
  }
  questions()
    .filter(isAsked)
    .forEach(function (question) {
      (draft.a[codeOf(question)] || []).forEach(function (value) {
        add(codeOf(question), value);
      });
    });
  add('response_id', draft.id);
  add('started_at', draft.t);
  add('finished_at', draft.e);
  add('paradata', JSON.stringify(draft.p));
  if (code) add('invitation', code.value);
  if (draft.v) add('without_invitation', 1);
  if (form.website.value) add('website', form.website.value);
  if (byId('large').checked) add('text', 'large');
  return pairs.join('&').replace(/%20/g, '+');
}

function showState(message) {
  var line = byId('state');
  line.textContent = message;
  line.hidden = !message;
}

function stopSending() {
  sending = false;
  byId('send').disabled = false;
  byId('back').hidden = !!draft.s;
  byId('send').textContent = draft.s ? texts.retry : texts.send;
}

function sendLater() {
  stopSending();
  showState(texts.not_sent);
  retryTimer = setTimeout(send, retrySeconds * 1000);
  retrySeconds = Math.min(retrySeconds * 2, 300);
}

function send() {
  if (sending || ended) return;
  sending = true;
  clearTimeout(retryTimer);
  if (!draft.e) {
    countTime();
    draft.e = new Date().toISOString();
  }
  draft.s = 1;
  storeDraft();
  showReview();
  byId('send').disabled = true;
  byId('back').hidden = true;
  showState(texts.sending);
  var request = new XMLHttpRequest();
  request.open('POST', location.href.split('#')[0]);
  request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
  request.timeout = 30000;
  request.onload = function () {
    var page = new DOMParser().parseFromString(request.responseText, 'text/html'),
      faulty;
    if (request.status == 200 && /\/thanks\?/.test(request.responseURL)) {
      ended = true;
      deleteDraft();
      location.replace(request.responseURL);
      return;
    }
    if (request.status == 422) {
      draft.s = 0;
      draft.e = '';
      stopSending();
      storeDraft();
      faulty = all('.bad', page)
        .map(function (marked) {
          var question = byId(marked.id);
          if (question) showFault(question, all('.err', marked)[0].textContent);
          return question;
        })
        .filter(Boolean);
      if (faulty[0]) {
        editing = true;
        showStep(steps.indexOf(faulty[0].parentNode), true);
        showSummary(faulty);
        return;
      }
    }
    // The page of a log-in gate, of a filter or of an overloaded server is no acknowledgement.
    if (request.status != 422 && !all('[data-end],[data-refused]', page)[0]) {
      sendLater();
      return;
    }
    draft.s = 0;
    stopSending();
    storeDraft();
    if (all('[data-end]', page)[0]) {
      ended = true;
      deleteDraft();
    }
    showState(
      all('main p,main h1,.sum', page)
        .map(function (paragraph) {
          return paragraph.textContent;
        })
        .join(' ') || texts.not_sent
    );
  };
  request.onerror = request.ontimeout = sendLater;
  request.send(formBody());
}

function sendAgain() {
  if (draft.s && !sending) {
    retrySeconds = 2;
    send();
  }
}
