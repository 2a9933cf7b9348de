// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/cookie.hpp"

#include <array>

#include "dataplane/protocol/big_endian.hpp"
#include "host/core/assert.hpp"

namespace switchyard::dataplane {
namespace {

uint64_t code(const SipKey& key, const SourceAddress& source, uint64_t session) {
    std::array<uint8_t, 26> message;
    source.ip.store(message.data());
    store_be16(message.data() + 16, source.port);
    store_be64(message.data() + 18, session);
    const uint64_t out = siphash24(key, message);
    // 0 says on the wire that there is none.
    return out == 0 ? 1 : out;
}

}  // namespace

CookieMint::CookieMint(const SipKey& master, uint64_t epoch_ns)
    : master_(master), epoch_ns_(epoch_ns), current_(key_of(0)), previous_(current_) {
    SWITCHYARD_ASSERT(epoch_ns != 0);
}

SipKey CookieMint::key_of(uint64_t epoch) const {
    SipKey out;
    for (size_t i = 0; i < out.words.size(); ++i) {
        std::array<uint8_t, 9> message;
        store_be64(message.data(), epoch);
        message[8] = static_cast<uint8_t>(i);
        out.words[i] = siphash24(master_, message);
    }
    return out;
}

void CookieMint::advance(uint64_t now_ns) {
    const uint64_t epoch = now_ns / epoch_ns_;
    if (epoch == epoch_) return;
    epoch_ = epoch;
    current_ = key_of(epoch);
    previous_ = epoch == 0 ? current_ : key_of(epoch - 1);
}

uint64_t CookieMint::mint(const SourceAddress& source, uint64_t session, uint64_t now_ns) {
    advance(now_ns);
    return code(current_, source, session);
}

bool CookieMint::holds(uint64_t cookie, const SourceAddress& source, uint64_t session,
                       uint64_t now_ns) {
    advance(now_ns);
    return cookie == code(current_, source, session) || cookie == code(previous_, source, session);
}

}  // namespace switchyard::dataplane
