// SPDX-License-Identifier: Apache-2.0
// What the library says of itself, and its words for numbers.
#include <array>

#include "host/c/boundary.hpp"
#include "host/node/genesis/development.hpp"
#include "host/pool/refusal_text.hpp"
#include "simd/cpu_targets.hpp"

using namespace switchyard;

static_assert(SWITCHYARD_ACCEPTED == static_cast<int>(Verdict::Accepted));
static_assert(SWITCHYARD_REPLACEMENT_UNDERPRICED ==
              static_cast<int>(Verdict::ReplacementUnderpriced));
static_assert(SWITCHYARD_NOT_DURABLE == static_cast<int>(Verdict::NotDurable));

extern "C" {

uint32_t switchyard_abi_version(void) {
    return SWITCHYARD_ABI_VERSION;
}

const char* switchyard_version(void) {
    return SWITCHYARD_VERSION_TEXT;
}

const char* switchyard_status_text(switchyard_status status) {
    static constexpr std::array kTexts{
        "ok",          "invalid input",  "not found",       "unavailable",
        "unsupported", "limit exceeded", "input or output", "corrupt",
        "timeout",     "mismatch",       "internal",        "invalid handle",
        "closed",      "out of memory"};
    if (status < 0 || static_cast<size_t>(status) >= kTexts.size()) return "unknown status";
    return kTexts[static_cast<size_t>(status)];
}

const char* switchyard_simd_target(void) {
    return simd::active_target().data();
}

const char* switchyard_verdict_text(switchyard_verdict verdict) {
    if (verdict == SWITCHYARD_ACCEPTED) return "accepted";
    if (verdict >= kVerdictCount) return "unknown verdict";
    return refusal_text(static_cast<Verdict>(verdict)).data();
}

switchyard_status switchyard_development_account(uint32_t index, switchyard_address* address,
                                                 switchyard_word* secret) {
    return c::guarded(__func__, [&]() -> c::Outcome {
        if (auto refused = c::refuse_null({{"address", address}})) return *refused;
        const auto accounts = node::development_accounts();
        if (index >= accounts.size())
            return {SWITCHYARD_NOT_FOUND, "there are " + std::to_string(accounts.size())};
        *address = c::address_of(accounts[index].address);
        if (secret != nullptr) *secret = c::word_of(accounts[index].secret);
        return {};
    });
}

}  // extern "C"
