// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/rlp_schema.hpp"

#include <algorithm>
#include <string>

namespace switchyard::fuzz {
namespace {

constexpr std::string_view kLegacy = "(qwqAwbvww)";
constexpr std::string_view kTyped[] = {
    "(qqwqAwb[(a[h])]pww)",             // EIP-2930
    "(qqwwqAwb[(a[h])]pww)",            // EIP-1559
    "(qqwwqawb[(a[h])]w[h]pww)",        // EIP-4844
    "(qqwwqawb[(a[h])][(waqyww)]pww)",  // EIP-7702
};

bool is_integer(const Bytes& string, size_t bytes_max) {
    return string.size() <= bytes_max && (string.empty() || string[0] != 0);
}

bool is_below(const Bytes& string, unsigned bound) {
    return is_integer(string, 1) && (string.empty() || string[0] < bound);
}

/// 27, 28, or 35 to 36 + 2 * (2^64 - 1) = 2^65 + 34.
bool is_legacy_v(const Bytes& string) {
    if (!is_integer(string, 9)) return false;
    if (string.size() < 9) {
        const bool small = string.empty() || (string.size() == 1 && string[0] < 35);
        return !small || (!string.empty() && (string[0] == 27 || string[0] == 28));
    }
    const bool upper_clear =
        std::all_of(string.begin() + 1, string.end() - 1, [](uint8_t byte) { return byte == 0; });
    return string[0] == 1 || (string[0] == 2 && upper_clear && string.back() <= 34);
}

/// Where the item that starts at `at` ends.
size_t item_end(std::string_view pattern, size_t at) {
    const bool opens = pattern[at] == '(' || pattern[at] == '[';
    for (size_t depth = opens ? 1 : 0; depth != 0;) {
        ++at;
        if (pattern[at] == '(' || pattern[at] == '[') ++depth;
        if (pattern[at] == ')' || pattern[at] == ']') --depth;
    }
    return at + 1;
}

bool string_matches(const Bytes& string, char kind) {
    switch (kind) {
        case 'x':
            return is_integer(string, 4);
        case 'q':
            return is_integer(string, 8);
        case 'w':
            return is_integer(string, 32);
        case 'y':
            return is_below(string, 256);
        case 'p':
            return is_below(string, 2);
        case 'v':
            return is_legacy_v(string);
        case 'b':
            return true;
        case 'a':
            return string.size() == 20;
        case 'A':
            return string.size() == 20 || string.empty();
        case 'h':
            return string.size() == 32;
        case 'n':
            return string.size() == 8;
        case 'l':
            return string.size() == 256;
        default:
            return false;
    }
}

bool list_matches(const std::vector<RlpTree>& members, std::string_view items) {
    size_t at = 0;
    bool optional = false;
    for (const RlpTree& member : members) {
        if (at < items.size() && items[at] == '?') {
            optional = true;
            ++at;
        }
        if (at >= items.size()) return false;
        const size_t end = item_end(items, at);
        if (!matches(member, items.substr(at, end - at))) return false;
        at = end;
    }
    return at == items.size() || optional || items[at] == '?';
}

/// Integers without leading zeros, or strings of one length, by value.
bool less(const RlpTree& a, const RlpTree& b) {
    if (a.string.size() != b.string.size()) return a.string.size() < b.string.size();
    return a.string < b.string;
}

/// Of items, or of the first member of each.
bool ascends(const std::vector<RlpTree>& items, bool by_first_member) {
    for (size_t i = 1; i < items.size(); ++i) {
        const RlpTree& a = by_first_member ? items[i - 1].members[0] : items[i - 1];
        const RlpTree& b = by_first_member ? items[i].members[0] : items[i];
        if (!less(a, b)) return false;
    }
    return true;
}

bool account_is_ordered(const std::vector<RlpTree>& account) {
    const auto& slots = account[1].members;
    const auto& reads = account[2].members;
    for (const RlpTree& slot : slots) {
        const auto& changes = slot.members[1].members;
        if (changes.empty() || !ascends(changes, true)) return false;
        if (std::find(reads.begin(), reads.end(), slot.members[0]) != reads.end()) return false;
    }
    return ascends(slots, true) && ascends(reads, false) && ascends(account[3].members, true) &&
           ascends(account[4].members, true) && ascends(account[5].members, true);
}

}  // namespace

bool matches(const RlpTree& tree, std::string_view pattern) {
    const std::string_view inner = pattern.substr(1, pattern.size() - 2);
    switch (pattern[0]) {
        case '(':
            return tree.is_list && list_matches(tree.members, inner);
        case '[':
            return tree.is_list &&
                   std::all_of(tree.members.begin(), tree.members.end(),
                               [&](const RlpTree& member) { return matches(member, inner); });
        case 't':
            return tree.is_list ? matches(tree, kLegacy)
                                : !tree.string.empty() && tree.string[0] < 0x80 &&
                                      is_transaction(tree.string);
        default:
            return !tree.is_list && string_matches(tree.string, pattern[0]);
    }
}

bool is_transaction(BytesView encoded) {
    if (encoded.empty()) return false;
    const bool typed = encoded[0] >= 1 && encoded[0] <= std::size(kTyped);
    const auto tree = parse_tree(typed ? encoded.subspan(1) : encoded);
    return tree && matches(*tree, typed ? kTyped[encoded[0] - 1] : kLegacy);
}

bool is_block_access_list(BytesView encoded) {
    const auto tree = parse_tree(encoded);
    return tree && matches(*tree, "[(a[(w[(xw)])][w][(xw)][(xq)][(xb)])]") &&
           ascends(tree->members, true) &&
           std::all_of(tree->members.begin(), tree->members.end(),
                       [](const RlpTree& account) { return account_is_ordered(account.members); });
}

bool is_block(BytesView encoded) {
    const std::string header(kHeaderPattern);
    const auto tree = parse_tree(encoded);
    return tree && matches(*tree, "(" + header + "[t][" + header + "]?[(qqaq)])");
}

}  // namespace switchyard::fuzz
