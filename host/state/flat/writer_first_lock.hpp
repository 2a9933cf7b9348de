// SPDX-License-Identifier: Apache-2.0
// A shared lock that lets a waiting writer go first.
#pragma once

#include <pthread.h>

#include "host/core/assert.hpp"

namespace switchyard::flat {

/// For `std::shared_lock` and `std::unique_lock`. `std::shared_mutex` lets readers that keep coming
/// hold off a writer for ever; here a writer waits for the readers that are inside. Not recursive.
class WriterFirstLock {
  public:
    WriterFirstLock() {
        pthread_rwlockattr_t attributes;
        pthread_rwlockattr_init(&attributes);
        pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
        const int error = pthread_rwlock_init(&lock_, &attributes);
        pthread_rwlockattr_destroy(&attributes);
        SWITCHYARD_ASSERT(error == 0);
    }
    ~WriterFirstLock() { pthread_rwlock_destroy(&lock_); }
    WriterFirstLock(const WriterFirstLock&) = delete;
    WriterFirstLock& operator=(const WriterFirstLock&) = delete;

    void lock() { check(pthread_rwlock_wrlock(&lock_)); }
    void unlock() { check(pthread_rwlock_unlock(&lock_)); }
    void lock_shared() { check(pthread_rwlock_rdlock(&lock_)); }
    void unlock_shared() { check(pthread_rwlock_unlock(&lock_)); }

  private:
    static void check(int error) { SWITCHYARD_ASSERT(error == 0); }

    pthread_rwlock_t lock_;
};

}  // namespace switchyard::flat
