// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/siphash.hpp"

#include <bit>
#include <cstring>

namespace switchyard::dataplane {
namespace {

struct State {
    uint64_t v0, v1, v2, v3;

    void round() {
        v0 += v1;
        v2 += v3;
        v1 = std::rotl(v1, 13) ^ v0;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 = std::rotl(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = std::rotl(v1, 17) ^ v2;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 = std::rotl(v2, 32);
    }
    void absorb(uint64_t word) {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }
};

}  // namespace

uint64_t siphash24(const SipKey& key, BytesView message) {
    const auto [k0, k1] = key.words;
    State state{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
                k1 ^ 0x7465646279746573};
    const uint64_t length = message.size();
    for (; message.size() >= 8; message = message.subspan(8)) {
        uint64_t word = 0;
        std::memcpy(&word, message.data(), 8);
        state.absorb(word);
    }
    uint64_t last = length << 56;
    for (size_t i = 0; i < message.size(); ++i)
        last |= static_cast<uint64_t>(message[i]) << (8 * i);
    state.absorb(last);
    state.v2 ^= 0xFF;
    for (int i = 0; i < 4; ++i)
        state.round();
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace switchyard::dataplane
