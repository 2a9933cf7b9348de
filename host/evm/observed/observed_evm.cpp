// SPDX-License-Identifier: Apache-2.0
#include "host/core/assert.hpp"
#include "host/evm/observed/observed_machine.hpp"

namespace switchyard::evm {

extern template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Frontier>(
    ObservationTarget&);
extern template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Homestead>(
    ObservationTarget&);
extern template std::unique_ptr<AnyMachine> make_observed_machine<Revision::TangerineWhistle>(
    ObservationTarget&);
extern template std::unique_ptr<AnyMachine> make_observed_machine<Revision::SpuriousDragon>(
    ObservationTarget&);
extern template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Byzantium>(
    ObservationTarget&);
extern template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Constantinople>(
    ObservationTarget&);
extern template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Petersburg>(
    ObservationTarget&);
extern template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Istanbul>(
    ObservationTarget&);
extern template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Berlin>(
    ObservationTarget&);
extern template std::unique_ptr<AnyMachine> make_observed_machine<Revision::London>(
    ObservationTarget&);
extern template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Paris>(
    ObservationTarget&);
extern template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Shanghai>(
    ObservationTarget&);
extern template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Cancun>(
    ObservationTarget&);
extern template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Prague>(
    ObservationTarget&);
extern template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Osaka>(
    ObservationTarget&);
extern template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Amsterdam>(
    ObservationTarget&);

namespace {

std::unique_ptr<AnyMachine> make_observed_machine_for(Revision revision,
                                                      ObservationTarget& target) {
    switch (revision) {
        case Revision::Frontier:
            return make_observed_machine<Revision::Frontier>(target);
        case Revision::Homestead:
            return make_observed_machine<Revision::Homestead>(target);
        case Revision::TangerineWhistle:
            return make_observed_machine<Revision::TangerineWhistle>(target);
        case Revision::SpuriousDragon:
            return make_observed_machine<Revision::SpuriousDragon>(target);
        case Revision::Byzantium:
            return make_observed_machine<Revision::Byzantium>(target);
        case Revision::Constantinople:
            return make_observed_machine<Revision::Constantinople>(target);
        case Revision::Petersburg:
            return make_observed_machine<Revision::Petersburg>(target);
        case Revision::Istanbul:
            return make_observed_machine<Revision::Istanbul>(target);
        case Revision::Berlin:
            return make_observed_machine<Revision::Berlin>(target);
        case Revision::London:
            return make_observed_machine<Revision::London>(target);
        case Revision::Paris:
            return make_observed_machine<Revision::Paris>(target);
        case Revision::Shanghai:
            return make_observed_machine<Revision::Shanghai>(target);
        case Revision::Cancun:
            return make_observed_machine<Revision::Cancun>(target);
        case Revision::Prague:
            return make_observed_machine<Revision::Prague>(target);
        case Revision::Osaka:
            return make_observed_machine<Revision::Osaka>(target);
        case Revision::Amsterdam:
            return make_observed_machine<Revision::Amsterdam>(target);
    }
    SWITCHYARD_ASSERT(false);
    return nullptr;
}

}  // namespace

Evm::Evm(Revision revision, ObservationTarget& target)
    : machine_(make_observed_machine_for(revision, target)) {}

}  // namespace switchyard::evm
