//! The system calls that a sandbox forbids: those by which a program asks the kernel
//! for what no server needs, and in which holes were found again and again. They are
//! those that Docker forbids by itself
//! (<https://docs.docker.com/engine/security/seccomp/>), as far as a program without a
//! capability could make them; and those by which one has memory that is no process's.
//! Whoever makes one is told that it is not permitted.

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, sock_filter,
};
use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::{fs, process};

const FORBIDDEN: &[c_long] = &[
    // Keys that are kept for others, and programs that run in the kernel.
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // Memory that is in no process's, so that nobody counts it.
    libc::SYS_shmget,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_memfd_create,
    libc::SYS_memfd_secret,
    // Another view of the machine than this one.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    // Another program's memory.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    libc::SYS_process_madvise,
    libc::SYS_move_pages,
    libc::SYS_mbind,
    libc::SYS_get_mempolicy,
    libc::SYS_set_mempolicy,
    // The machine itself.
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_fanotify_init,
    libc::SYS_vhangup,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
];

/// Writes the filter to a file below `target`, which is this user's own, and gives
/// the file.
///
/// # Errors
///
/// A machine that is none of those that seccompiler knows, or a file that can't be
/// written.
pub fn file(target: &Path) -> Result<PathBuf, String> {
    let path = target.join(format!("sandbox-{}.bpf", env::consts::ARCH));
    let bytes = filter()?;
    if fs::read(&path).is_ok_and(|there| there == bytes) {
        return Ok(path);
    }
    let failed = |error| format!("{}: {error}", path.display());
    fs::create_dir_all(target).map_err(failed)?;
    // Another grader may read it meanwhile.
    let fresh = path.with_extension(process::id().to_string());
    fs::write(&fresh, bytes).map_err(failed)?;
    fs::rename(&fresh, &path).map_err(failed)?;
    Ok(path)
}

/// The filter as the kernel reads it, which is how bubblewrap takes it: eight bytes an
/// instruction (<https://docs.kernel.org/networking/filter.html>).
fn filter() -> Result<Vec<u8>, String> {
    let failed = |error: seccompiler::BackendError| format!("seccomp: {error}");
    let arch: TargetArch = env::consts::ARCH.try_into().map_err(failed)?;
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        FORBIDDEN.iter().map(|call| (*call, Vec::new())).collect();
    // A socket to the machine that this one runs in is in no network of its own.
    let family = SeccompCondition::new(
        0,
        SeccompCmpArgLen::Dword,
        SeccompCmpOp::Eq,
        libc::AF_VSOCK as u64,
    );
    let rule = family.and_then(|family| SeccompRule::new(vec![family]));
    rules.insert(libc::SYS_socket, vec![rule.map_err(failed)?]);
    let forbidden = SeccompAction::Errno(libc::EPERM as u32);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, forbidden, arch);
    let program: BpfProgram = filter.and_then(TryInto::try_into).map_err(failed)?;
    // x32 has other numbers for the same calls, in the same architecture (seccomp(2)):
    // from this bit on none is permitted. A jump is from where it stands, so this may
    // come first.
    const X32: u32 = 0x4000_0000;
    let refuse = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
    let first = [(0x20, 0, 0, 0), (0x35, 0, 1, X32), (0x06, 0, 0, refuse)];
    let first = first.map(|(code, jt, jf, k)| sock_filter { code, jt, jf, k });
    let first = first.into_iter().filter(|_| env::consts::ARCH == "x86_64");
    let mut bytes = Vec::with_capacity(program.len() * 8);
    for instruction in first.chain(program) {
        bytes.extend(instruction.code.to_ne_bytes());
        bytes.extend([instruction.jt, instruction.jf]);
        bytes.extend(instruction.k.to_ne_bytes());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_the_same_each_time_and_has_a_jump_for_each_call() {
        let target = env::temp_dir().join(format!("calls-{}", process::id()));
        let path = file(&target).unwrap();
        let bytes = fs::read(&path).unwrap();
        assert_eq!(file(&target).unwrap(), path);
        assert_eq!(fs::read(&path).unwrap(), bytes);
        fs::remove_dir_all(&target).unwrap();
        assert_eq!(bytes.len() % 8, 0);
        assert!(bytes.len() / 8 > FORBIDDEN.len());
    }
}
