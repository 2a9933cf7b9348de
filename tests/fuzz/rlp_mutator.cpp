// SPDX-License-Identifier: Apache-2.0
// libFuzzer's mutator for inputs that are RLP: changes one item and makes every length around it
// right again, so that mutations reach the fields behind the framing.
#include <cstdint>
#include <cstring>
#include <random>

#include "tests/fuzz/rlp_tree.hpp"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace switchyard::fuzz {
namespace {

constexpr size_t kStringBytesMax = 4096;

Bytes mutate(BytesView input, std::mt19937& random);

void collect(RlpTree& tree, std::vector<RlpTree*>& out) {
    out.push_back(&tree);
    for (RlpTree& member : tree.members)
        collect(member, out);
}

void mutate_string(Bytes& string, std::mt19937& random) {
    // Lengths that fields have: quantities, signatures, addresses, hashes, blooms.
    constexpr size_t kLengths[] = {0, 1, 2, 8, 9, 20, 31, 32, 33, 256};
    // A typed transaction in a block is RLP inside a string.
    if (string.size() > 1 && string[0] < 0x80 && random() % 8 != 0) {
        if (Bytes inner = mutate(string, random); !inner.empty()) string = std::move(inner);
        return;
    }
    if (random() % 4 == 0) {
        string.resize(kLengths[random() % std::size(kLengths)]);
        for (uint8_t& byte : string)
            byte = static_cast<uint8_t>(random() % 3 == 0 ? random() : 0xff);
        return;
    }
    const size_t size = std::min(string.size(), kStringBytesMax);
    string.resize(std::max(size + 32, size_t{64}));
    string.resize(LLVMFuzzerMutate(string.data(), size, string.size()));
}

/// Changes the number or the order of a list's members.
void mutate_list(RlpTree& list, const std::vector<RlpTree*>& all, std::mt19937& random) {
    std::vector<RlpTree>& members = list.members;
    const size_t at = members.empty() ? 0 : random() % members.size();
    const auto position = members.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random() % 5) {
        case 0:
            if (!members.empty()) members.erase(position);
            return;
        case 1:
            if (!members.empty()) members.insert(position, RlpTree(members[at]));
            return;
        case 2:
            if (!members.empty()) std::swap(members[at], members[random() % members.size()]);
            return;
        case 3:
            members.insert(position, RlpTree{random() % 2 == 0, {}, {}});
            return;
        default: {
            RlpTree copy = *all[random() % all.size()];
            if (members.empty())
                members.push_back(std::move(copy));
            else
                members[at] = std::move(copy);
        }
    }
}

/// The encoding of the mutated tree, with the type byte that stood before it (EIP-2718) or another.
Bytes mutate(BytesView input, std::mt19937& random) {
    Bytes out;
    if (!input.empty() && input[0] < 0x80) {
        const bool other = random() % 16 == 0;
        out.push_back(other ? static_cast<uint8_t>(random() % 6) : input[0]);
        input = input.subspan(1);
    }
    auto tree = parse_tree(input);
    if (!tree) return {};
    std::vector<RlpTree*> all;
    collect(*tree, all);
    RlpTree& target = *all[random() % all.size()];
    if (target.is_list)
        mutate_list(target, all, random);
    else
        mutate_string(target.string, random);
    const Bytes encoded = encode_tree(*tree);
    out.insert(out.end(), encoded.begin(), encoded.end());
    return out;
}

}  // namespace
}  // namespace switchyard::fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned int seed) {
    std::mt19937 random(seed);
    // Broken framing must be tried as well.
    if (random() % 8 != 0) {
        const switchyard::Bytes out = switchyard::fuzz::mutate({data, size}, random);
        if (!out.empty() && out.size() <= max_size) {
            std::memcpy(data, out.data(), out.size());
            return out.size();
        }
    }
    return LLVMFuzzerMutate(data, size, max_size);
}
