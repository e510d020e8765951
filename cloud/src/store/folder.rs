//! The state folder, and its lock.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use anyhow::{Context, bail};

/// The state folder, ours alone as long as this lives.
#[derive(Debug)]
pub struct Folder {
    lock: File,
}

impl Folder {
    /// Takes the folder. Errors: it cannot be made, or another `chuancai-cloud` has it.
    pub fn take(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
        let lock = folder.join("lock");
        let file = File::options().create(true).write(true).truncate(false).open(&lock);
        let file = file.with_context(|| format!("opening {}", lock.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { lock: file }),
            Err(TryLockError::WouldBlock) => bail!(
                "another chuancai-cloud is using {}: stop the service, run this command, start it again",
                folder.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("locking {}", lock.display()))
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // To close the file is not enough: a program that is being started this instant has it open too.
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(%error, "the lock of the state's folder could not be given back");
        }
    }
}
