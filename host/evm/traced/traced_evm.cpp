// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "host/core/assert.hpp"
#include "host/evm/traced/traced_machine.hpp"

namespace switchyard::evm {

extern template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Frontier>(Tracer&);
extern template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Homestead>(Tracer&);
extern template std::unique_ptr<AnyMachine> make_traced_machine<Revision::TangerineWhistle>(
    Tracer&);
extern template std::unique_ptr<AnyMachine> make_traced_machine<Revision::SpuriousDragon>(Tracer&);
extern template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Byzantium>(Tracer&);
extern template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Constantinople>(Tracer&);
extern template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Petersburg>(Tracer&);
extern template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Istanbul>(Tracer&);
extern template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Berlin>(Tracer&);
extern template std::unique_ptr<AnyMachine> make_traced_machine<Revision::London>(Tracer&);
extern template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Paris>(Tracer&);
extern template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Shanghai>(Tracer&);
extern template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Cancun>(Tracer&);
extern template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Prague>(Tracer&);
extern template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Osaka>(Tracer&);
extern template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Amsterdam>(Tracer&);

namespace {

std::unique_ptr<AnyMachine> make_traced_machine_for(Revision revision, Tracer& tracer) {
    switch (revision) {
        case Revision::Frontier:
            return make_traced_machine<Revision::Frontier>(tracer);
        case Revision::Homestead:
            return make_traced_machine<Revision::Homestead>(tracer);
        case Revision::TangerineWhistle:
            return make_traced_machine<Revision::TangerineWhistle>(tracer);
        case Revision::SpuriousDragon:
            return make_traced_machine<Revision::SpuriousDragon>(tracer);
        case Revision::Byzantium:
            return make_traced_machine<Revision::Byzantium>(tracer);
        case Revision::Constantinople:
            return make_traced_machine<Revision::Constantinople>(tracer);
        case Revision::Petersburg:
            return make_traced_machine<Revision::Petersburg>(tracer);
        case Revision::Istanbul:
            return make_traced_machine<Revision::Istanbul>(tracer);
        case Revision::Berlin:
            return make_traced_machine<Revision::Berlin>(tracer);
        case Revision::London:
            return make_traced_machine<Revision::London>(tracer);
        case Revision::Paris:
            return make_traced_machine<Revision::Paris>(tracer);
        case Revision::Shanghai:
            return make_traced_machine<Revision::Shanghai>(tracer);
        case Revision::Cancun:
            return make_traced_machine<Revision::Cancun>(tracer);
        case Revision::Prague:
            return make_traced_machine<Revision::Prague>(tracer);
        case Revision::Osaka:
            return make_traced_machine<Revision::Osaka>(tracer);
        case Revision::Amsterdam:
            return make_traced_machine<Revision::Amsterdam>(tracer);
    }
    SWITCHYARD_ASSERT(false);
    return nullptr;
}

/// The mnemonics are the enumerators of `Opcode` in capitals.
constexpr size_t kNameBytesMax = 16;
struct Name {
    std::array<char, kNameBytesMax> text{};
    uint8_t size = 0;

    constexpr Name() = default;
    constexpr explicit Name(std::string_view enumerator) {
        for (const char c : enumerator)
            text.at(size++) = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
};

constexpr std::array<Name, 256> kNames{
#define SWITCHYARD_EVM_NAME(value, name, ...) Name(#name),
#define SWITCHYARD_EVM_NO_NAME(value) Name(),
    SWITCHYARD_EVM_OPCODES(SWITCHYARD_EVM_NAME, SWITCHYARD_EVM_NO_NAME)
#undef SWITCHYARD_EVM_NAME
#undef SWITCHYARD_EVM_NO_NAME
};

}  // namespace

Evm::Evm(Revision revision, Tracer& tracer) : machine_(make_traced_machine_for(revision, tracer)) {}

std::string_view opcode_name(uint8_t opcode) {
    const Name& name = kNames[opcode];
    return {name.text.data(), name.size};
}

std::string_view describe(Status status) {
    switch (status) {
        case Status::Success:
            return "";
        case Status::Revert:
            return "execution reverted";
        case Status::OutOfGas:
            return "out of gas";
        case Status::InvalidInstruction:
            return "invalid opcode";
        case Status::StackUnderflow:
            return "stack underflow";
        case Status::StackOverflow:
            return "stack limit reached";
        case Status::BadJumpDestination:
            return "invalid jump destination";
        case Status::StaticModeViolation:
            return "write protection";
        case Status::ReturnDataOutOfBounds:
            return "return data out of bounds";
        case Status::CallDepthExceeded:
            return "max call depth exceeded";
        case Status::InsufficientBalance:
            return "insufficient balance for transfer";
        case Status::CreateCollision:
            return "contract address collision";
        case Status::NonceOverflow:
            return "nonce uint64 overflow";
        case Status::CodeSizeExceeded:
            return "max code size exceeded";
        case Status::InitCodeSizeExceeded:
            return "max initcode size exceeded";
        case Status::InvalidCodePrefix:
            return "invalid code: must not begin with 0xef";
        case Status::PrecompileFailure:
            return "precompile failed";
        case Status::UnsupportedPrecompile:
            return "unsupported precompile";
    }
    return "unknown";
}

}  // namespace switchyard::evm
