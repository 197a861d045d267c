//! The tables for diesel; `migrations/` creates them.

diesel::table! {
    response (id) {
        id -> Text,
        survey -> Text,
        questionnaire_hash -> Text,
        mode -> Text,
        channel -> Text,
        psu -> Text,
        area -> Text,
        received_at -> BigInt,
        started_at -> Nullable<BigInt>,
        finished_at -> Nullable<BigInt>,
        duration -> Nullable<BigInt>,
        enumerator -> Text,
        device -> Text,
        flags -> Text,
        answers -> Text,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    leaf (idx) {
        idx -> BigInt,
        kind -> Text,
        hash -> Text,
    }
}

diesel::table! {
    tally (survey, mode) {
        survey -> Text,
        mode -> Text,
        n -> BigInt,
        first_leaf -> BigInt,
        last_leaf -> BigInt,
    }
}

diesel::table! {
    meta (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    questionnaire_version (leaf_index) {
        hash -> Text,
        survey -> Text,
        since -> BigInt,
        reason -> Text,
        source -> Text,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    plan_version (leaf_index) {
        survey -> Text,
        hash -> Text,
        since -> BigInt,
        reason -> Text,
        source -> Text,
        figures -> Text,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    device_token (leaf_index) {
        name -> Text,
        event -> Text,
        token_hash -> Text,
        modes -> Text,
        survey -> Text,
        happened_at -> BigInt,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    invitation (code_hash) {
        code_hash -> Text,
        survey -> Text,
        psu -> Text,
    }
}

diesel::table! {
    invitation_issue (leaf_index) {
        survey -> Text,
        psu -> Text,
        n -> BigInt,
        issued_at -> BigInt,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    block_share (leaf_index) {
        survey -> Text,
        day -> Text,
        responses -> BigInt,
        largest -> BigInt,
        scores -> Text,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    fieldwork_change (leaf_index) {
        survey -> Text,
        what -> Text,
        opens -> Text,
        closes -> Text,
        reason -> Text,
        decided_by -> Text,
        decided_at -> BigInt,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    staff (leaf_index) {
        id -> Text,
        name -> Text,
        full_name -> Text,
        role -> Text,
        state -> Text,
        password_hash -> Text,
        factor_seed -> Text,
        recovery_hashes -> Text,
        changed_at -> BigInt,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    audit (leaf_index) {
        happened_at -> BigInt,
        who -> Text,
        role -> Text,
        place -> Text,
        action -> Text,
        survey -> Text,
        subject -> Text,
        value_before -> Text,
        value_after -> Text,
        reason -> Text,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    session (token_hash) {
        token_hash -> Text,
        account -> Text,
        stage -> Text,
        began_at -> BigInt,
        seen_at -> BigInt,
        place -> Text,
        device -> Text,
    }
}

diesel::table! {
    used_code (account, step) {
        account -> Text,
        step -> BigInt,
    }
}

diesel::table! {
    entry_link (token_hash) {
        token_hash -> Text,
        account -> Text,
        stage -> Text,
        ends_at -> BigInt,
    }
}

diesel::table! {
    paper_entry (leaf_index) {
        survey -> Text,
        form -> Text,
        event -> Text,
        typist -> Text,
        version -> Text,
        psu -> Text,
        enumerator -> Text,
        started_at -> Text,
        answers -> Text,
        seconds -> BigInt,
        entered_at -> BigInt,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    paper_settlement (leaf_index) {
        survey -> Text,
        form -> Text,
        decided_by -> Text,
        decisions -> Text,
        response_id -> Text,
        settled_at -> BigInt,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    release (leaf_index) {
        id -> Text,
        survey -> Text,
        number -> BigInt,
        responses -> BigInt,
        log_size -> BigInt,
        publish_at -> BigInt,
        reason -> Text,
        manifest -> Text,
        digest -> Text,
        cells -> Text,
        drafted_by -> Text,
        drafted_at -> BigInt,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    release_file (leaf_index) {
        release_id -> Text,
        name -> Text,
        media_type -> Text,
        content -> Text,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    release_decision (leaf_index) {
        release_id -> Text,
        decision -> Text,
        digest -> Text,
        decided_by -> Text,
        role -> Text,
        decided_at -> BigInt,
        reason -> Text,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    announcement (leaf_index) {
        survey -> Text,
        number -> BigInt,
        publish_at -> BigInt,
        reason -> Text,
        announced_by -> Text,
        announced_at -> BigInt,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    early_reader (leaf_index) {
        survey -> Text,
        number -> BigInt,
        account -> Text,
        post -> Text,
        reason -> Text,
        granted_by -> Text,
        granted_at -> BigInt,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    objection (leaf_index) {
        id -> Text,
        survey -> Text,
        number -> BigInt,
        line -> Text,
        question -> Text,
        received_at -> BigInt,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    objection_reply (leaf_index) {
        objection_id -> Text,
        reply -> Text,
        replied_by -> Text,
        replied_at -> BigInt,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    evidence_review (leaf_index) {
        survey -> Text,
        item -> Text,
        decision -> Text,
        same_as -> Text,
        reason -> Text,
        decided_by -> Text,
        decided_at -> BigInt,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    visit (leaf_index) {
        survey -> Text,
        mode -> Text,
        psu -> Text,
        case_number -> BigInt,
        attempt -> BigInt,
        outcome -> Text,
        visited_at -> Text,
        enumerator -> Text,
        recorded_by -> Text,
        recorded_at -> BigInt,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    back_check (leaf_index) {
        survey -> Text,
        response_id -> Text,
        enumerator -> Text,
        contact -> Text,
        interview -> Text,
        duration -> Text,
        compared -> BigInt,
        differing -> BigInt,
        checked_by -> Text,
        checked_at -> BigInt,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    hold_proposal (leaf_index) {
        id -> Text,
        survey -> Text,
        subject -> Text,
        label -> Text,
        rule -> Text,
        rule_version -> BigInt,
        reason -> Text,
        leaves -> Text,
        responses -> BigInt,
        effect -> Text,
        proposed_by -> Text,
        role -> Text,
        proposed_at -> BigInt,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    hold_decision (leaf_index) {
        proposal_id -> Text,
        decision -> Text,
        reason -> Text,
        decided_by -> Text,
        role -> Text,
        decided_at -> BigInt,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::table! {
    free_decision (leaf_index) {
        proposal_id -> Text,
        decision -> Text,
        reason -> Text,
        decided_by -> Text,
        role -> Text,
        decided_at -> BigInt,
        nonce -> Text,
        leaf_index -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(response, leaf);

/// The row of `meta` that every writer on PostgreSQL locks, so that the log stays dense.
pub(super) const LEAF_LOCK: &str = "leaf_lock";
