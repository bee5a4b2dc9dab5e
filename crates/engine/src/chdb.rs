//! The one place that talks to the library: a `clickhouse-local` main that runs inside this process.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;

use anyhow::{Context as _, ensure};
use libloading::Library;

type QueryCommandLine = unsafe extern "C" fn(c_int, *mut *mut c_char) -> *mut c_void;
type ResultError = unsafe extern "C" fn(*mut c_void) -> *const c_char;

/// Runs `clickhouse-local` with these arguments until its last statement ends.
///
/// Only once per process: the library keeps global state. Answers with the library's error text, which is empty for some
/// failures (their reason is on stderr only).
#[allow(unsafe_code, reason = "the engine is a C library")]
pub fn run(library: &Path, arguments: &[String]) -> anyhow::Result<String> {
    // SAFETY: the library's initialisers run; it is the file that the user gave or that matched its pinned hash.
    let library = unsafe { Library::new(library) }
        .with_context(|| format!("cannot load the engine's library {}", library.display()))?;
    let arguments = arguments
        .iter()
        .map(|text| CString::new(text.as_str()))
        .collect::<Result<Vec<_>, _>>()
        .context("NUL in a path")?;
    let mut pointers: Vec<*mut c_char> = arguments.iter().map(|text| text.as_ptr().cast_mut()).collect();
    let count = c_int::try_from(pointers.len())?;
    pointers.push(std::ptr::null_mut());
    // SAFETY: both signatures are those of chdb.h of this version; the argument vector is NUL-terminated like main's and
    // outlives the call; the library does not write to it.
    let (result, error) = unsafe {
        let query: libloading::Symbol<'_, QueryCommandLine> = library.get(b"chdb_query_cmdline\0")?;
        let error: libloading::Symbol<'_, ResultError> = library.get(b"chdb_result_error\0")?;
        let result = query(count, pointers.as_mut_ptr());
        ensure!(!result.is_null(), "the engine gave no result");
        (result, error(result))
    };
    // Unloading would run destructors under threads that still live; the process ends soon anyway.
    std::mem::forget(library);
    let _ = result;
    if error.is_null() {
        return Ok(String::new());
    }
    // SAFETY: a non-null error is a C string that lives as long as the result, which is never freed.
    Ok(unsafe { CStr::from_ptr(error) }.to_string_lossy().into_owned())
}
