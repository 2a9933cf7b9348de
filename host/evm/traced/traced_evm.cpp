// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "host/evm/any_machine.hpp"
#include "host/evm/opcodes.hpp"
#include "host/evm/tracer.hpp"

namespace switchyard::evm {

/// Defined in `traced_machine.hpp`, and compiled beside this, a few revisions to a source.
template <Revision R>
[[nodiscard]] std::unique_ptr<AnyMachine> make_traced_machine(Tracer& tracer,
                                                              Interruption* interruption);

namespace {

std::unique_ptr<AnyMachine> traced_machine(Revision revision, Tracer& tracer,
                                           Interruption* interruption) {
    return make_for(revision,
                    [&]<Revision R>() { return make_traced_machine<R>(tracer, interruption); });
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

Evm::Evm(Revision revision, Tracer& tracer) : machine_(traced_machine(revision, tracer, nullptr)) {}
Evm::Evm(Revision revision, Tracer& tracer, Interruption& interruption)
    : machine_(traced_machine(revision, tracer, &interruption)) {}

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
        case Status::Interrupted:
            return "interrupted";
    }
    return "unknown";
}

}  // namespace switchyard::evm
