//! The phases of long work: what is done, what is going on, what comes.

use icondata_lu as lu;
use leptos::prelude::*;

use super::icon::icon;
use super::live::part;
use super::spinner::Spinner;
use crate::i18n::t;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    Done,
    Now,
    Next,
    Failed,
    /// Not needed this time.
    Skipped,
}

/// One phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepLine {
    pub phase: Phase,
    pub label: String,
    /// How far it is, how long it took, why it failed.
    pub detail: Option<String>,
}

impl StepLine {
    pub fn new(phase: Phase, label: impl Into<String>) -> Self {
        Self { phase, label: label.into(), detail: None }
    }
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

/// A vertical list of phases. Screen readers hear each one's state, and the running one as the current step.
#[component]
pub fn Steps(#[prop(into)] steps: Signal<Vec<StepLine>>) -> impl IntoView {
    let line = |step: StepLine| {
        let (name, word, mark) = match step.phase {
            Phase::Done => ("done", "ui.step_done", icon(lu::LuCheck)),
            Phase::Now => ("now", "ui.step_now", view! { <Spinner /> }.into_any()),
            Phase::Next => ("next", "ui.step_next", ().into_any()),
            Phase::Failed => ("failed", "ui.step_failed", icon(lu::LuX)),
            Phase::Skipped => ("skipped", "ui.step_skipped", icon(lu::LuMinus)),
        };
        view! {
            <li class="c-step" data-phase=name aria-current=(step.phase == Phase::Now).then_some("step")>
                <span class="c-step-mark">{mark}</span>
                <span class="c-step-text">
                    <span class="c-step-label">{step.label}</span>
                    <span class="sr-only">" ("{t(word)}")"</span>
                    {step.detail.map(|detail| view! { <span class="c-step-detail">{detail}</span> })}
                </span>
            </li>
        }
    };
    view! { <ol class="c-steps">{part(move || steps.get().into_iter().map(line).collect_view())}</ol> }.into_any()
}
