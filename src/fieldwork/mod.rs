//! How fieldwork goes: progress against targets, pace, forecast at close, who is missing. Pure.
