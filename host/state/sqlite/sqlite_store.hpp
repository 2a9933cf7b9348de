// SPDX-License-Identifier: Apache-2.0
// The durable store in one SQLite database file.
//
// The file can be read with the `sqlite3` command, also while it is in use:
//
//   accounts  address BLOB (20 bytes, key), nonce INTEGER, balance BLOB, code_hash BLOB (32 bytes)
//   storage   address BLOB, slot BLOB (32 bytes) (both: key), value BLOB (never empty)
//   code      code_hash BLOB (32 bytes, unique), code BLOB
//   blocks    number INTEGER (key), hash BLOB (32 bytes), state_root BLOB (32 bytes)
//
// Numbers in BLOBs are big-endian without leading zeros, so that hex(balance) reads as one; an
// empty BLOB is 0. The pragma application_id is 0x53575944, user_version is the version of this
// format, 1. Beside the file stand SQLite's -wal and -shm, and an empty -lock that the process
// which uses the store holds.
#pragma once

#include <filesystem>
#include <memory>

#include "host/state/durable_store.hpp"

namespace switchyard::sqlite {

/// Opens or creates the store. Checks that the file is one, and the structure of its pages (cost
/// linear in the file). Errors as `StateStore::open`.
[[nodiscard]] Result<std::unique_ptr<DurableStore>> open_store(const std::filesystem::path& path);

}  // namespace switchyard::sqlite
