// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {Owned} from "../shared/Owned.sol";

/// Who may read which health records. Patients grant institutions access to categories of records for a purpose and a
/// time, and take it back; institutions log each access, which needs a consent that stands. Records themselves stay
/// elsewhere: the chain holds hashes.
contract ConsentRegistry is Owned {
    struct Consent {
        uint64 from;
        uint64 until;
        uint32 categories; // a bit for each
        uint8 purpose;
        bool revoked;
        uint48 accesses;
    }

    struct Institution {
        bool active;
        uint64 patients; // whose consent it has or had
        uint64 accesses;
        uint64 emergencies;
    }

    mapping(address => Institution) public institutions;
    mapping(address => mapping(address => Consent)) public consents; // patient, institution
    mapping(address => bytes32) public auditTrail; // by patient
    mapping(address => mapping(bytes32 => address)) public authorOf; // of a record

    event InstitutionSet(address indexed institution, bool active);
    event ConsentGranted(address indexed patient, address indexed institution, uint32 categories, uint8 purpose, uint64 until);
    event ConsentRevoked(address indexed patient, address indexed institution);
    event RecordAdded(address indexed patient, address indexed institution, bytes32 record, uint8 category);
    event RecordAccessed(address indexed patient, address indexed institution, bytes32 record, uint8 category);
    event EmergencyAccess(address indexed patient, address indexed institution, string reason);

    error NotInstitution(address caller);
    error InvalidPeriod();
    error NoConsent(address patient, address institution);
    error ReasonRequired();

    modifier onlyInstitution() {
        if (!institutions[msg.sender].active) revert NotInstitution(msg.sender);
        _;
    }

    function setInstitution(address institution, bool active) external onlyOwner {
        institutions[institution].active = active;
        emit InstitutionSet(institution, active);
    }

    function grant(address institution, uint32 categories, uint8 purpose, uint64 until) external {
        if (!institutions[institution].active) revert NotInstitution(institution);
        if (until <= block.timestamp) revert InvalidPeriod();
        Consent storage consent = consents[msg.sender][institution];
        if (consent.from == 0) ++institutions[institution].patients;
        consent.from = uint64(block.timestamp);
        consent.until = until;
        consent.categories = categories;
        consent.purpose = purpose;
        consent.revoked = false;
        _audit(msg.sender, keccak256(abi.encode("grant", institution, categories, purpose, until)));
        emit ConsentGranted(msg.sender, institution, categories, purpose, until);
    }

    function revoke(address institution) external {
        Consent storage consent = consents[msg.sender][institution];
        if (consent.from == 0 || consent.revoked) revert NoConsent(msg.sender, institution);
        consent.revoked = true;
        _audit(msg.sender, keccak256(abi.encode("revoke", institution)));
        emit ConsentRevoked(msg.sender, institution);
    }

    function addRecord(address patient, bytes32 record, uint8 category) external onlyInstitution {
        _requireConsent(patient, category);
        authorOf[patient][record] = msg.sender;
        _audit(patient, keccak256(abi.encode("add", msg.sender, record, category)));
        emit RecordAdded(patient, msg.sender, record, category);
    }

    function access(address patient, bytes32 record, uint8 category) external onlyInstitution {
        Consent storage consent = _requireConsent(patient, category);
        ++consent.accesses;
        ++institutions[msg.sender].accesses;
        _audit(patient, keccak256(abi.encode("access", msg.sender, record, category)));
        emit RecordAccessed(patient, msg.sender, record, category);
    }

    /// Without consent, and never unnoticed.
    function accessInEmergency(address patient, string calldata reason) external onlyInstitution {
        if (bytes(reason).length == 0) revert ReasonRequired();
        ++institutions[msg.sender].emergencies;
        _audit(patient, keccak256(abi.encode("emergency", msg.sender, reason)));
        emit EmergencyAccess(patient, msg.sender, reason);
    }

    function mayAccess(address patient, address institution, uint8 category) public view returns (bool) {
        Consent storage consent = consents[patient][institution];
        return consent.from != 0 && !consent.revoked && block.timestamp <= consent.until
            && consent.categories & (uint32(1) << category) != 0;
    }

    function _requireConsent(address patient, uint8 category) private view returns (Consent storage) {
        if (!mayAccess(patient, msg.sender, category)) revert NoConsent(patient, msg.sender);
        return consents[patient][msg.sender];
    }

    function _audit(address patient, bytes32 what) private {
        auditTrail[patient] = keccak256(abi.encode(auditTrail[patient], block.timestamp, what));
    }
}
