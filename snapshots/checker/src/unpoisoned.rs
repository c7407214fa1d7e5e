//! A lock, whoever held it before.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Waits for the lock. What our locks hold is never half changed, so it can be used though
/// a thread has panicked with it.
pub fn unpoisoned<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
