// SPDX-License-Identifier: Apache-2.0
// Lists of points to be summed, laid out for vectors: eight lists of nearly equal length side by
// side, one per column.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace switchyard::simd {

/// Columns of a group of lists: the vector lanes of the widest target.
inline constexpr size_t kListColumns = 8;

/// An entry of a list: the index of a row (PackedPoint), and a flag that the point is to be
/// subtracted. Row 0 must be all zero: it is the point at infinity, with which lists are filled up.
inline constexpr uint16_t kEntryNegative = 1u << 15;

/// Marks a column without a list.
inline constexpr uint16_t kNoList = UINT16_MAX;

/// Memory for lists, and how many of them fit. Filled in four steps by one thread:
/// 1. count[i] = the number of entries of list i, for all lists;
/// 2. lay_out(), which sorts the lists by length (counting sort, longest first) into groups;
/// 3. place(), exactly count[i] times for list i;
/// 4. fill_up(), which writes row 0 to what is left of shorter lists.
class ListTable {
  public:
    static constexpr size_t kMaxLists = 2'568;
    static constexpr size_t kMaxGroups = kMaxLists / kListColumns;
    /// Of one list.
    static constexpr size_t kMaxLength = 3'080;
    /// Of all lists together. The columns of a group are as long as its longest list, which is no
    /// longer than any list of the group before; so this and eight times the longest list is the
    /// most that the layout can need.
    static constexpr size_t kMaxEntries = 5 * kMaxLength;
    static constexpr size_t kMaxVectors = kMaxEntries / kListColumns + kMaxLength;

    uint32_t count[kMaxLists];

    /// Takes `lists` counts. The sum of counts must not pass kMaxEntries, and none kMaxLength.
    void lay_out(size_t lists);
    void place(size_t list, uint16_t entry) {
        entries_[cursor_[list]] = entry;
        cursor_[list] += kListColumns;
    }
    void fill_up();

    /// Groups of eight lists that are not all empty; empty lists are in no group, or its last.
    [[nodiscard]] size_t groups() const { return groups_; }
    /// Entries per column of a group, at least 1 and not growing.
    [[nodiscard]] size_t length(size_t group) const { return length_[group]; }
    /// The lists in a group's columns, or kNoList.
    [[nodiscard]] const uint16_t* lists(size_t group) const { return list_ + kListColumns * group; }
    /// Entry k of all columns of a group are the eight at kListColumns * (first vector + k), where
    /// the first vector of a group follows the last one of the group before.
    [[nodiscard]] const uint16_t* entries() const { return entries_; }

  private:
    size_t groups_ = 0;
    uint16_t length_[kMaxGroups];
    uint16_t list_[kMaxGroups * kListColumns];
    uint32_t cursor_[kMaxLists];
    uint32_t starts_[kMaxLength + 1];
    alignas(64) uint16_t entries_[kMaxVectors * kListColumns];
};

}  // namespace switchyard::simd
