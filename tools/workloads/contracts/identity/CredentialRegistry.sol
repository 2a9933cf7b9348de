// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {Owned} from "../shared/Owned.sol";
import {IdentityRegistry} from "./IdentityRegistry.sol";

/// Credentials that issuers give to identities: hashes here, contents with the holder. Revocations are bits in a list,
/// 256 to a word, as in status lists of verifiable credentials. An issuer signs with delegates of its identity.
contract CredentialRegistry is Owned {
    bytes32 public constant ISSUING = "issuing";

    struct Credential {
        address issuer;
        uint64 expires;
        uint32 index; // in the issuer's status list
        bytes32 schema;
    }

    struct Issuer {
        bool accredited;
        uint32 issued;
        uint32 revoked;
        uint64 verifications;
    }

    IdentityRegistry public immutable identities;
    mapping(address => Issuer) public issuers;
    mapping(address => mapping(bytes32 => Credential)) public credentials; // holder, hash
    mapping(address => mapping(uint256 => uint256)) public revocations; // issuer, word

    event Accredited(address indexed issuer, bool accredited);
    event Issued(address indexed issuer, address indexed holder, bytes32 credential, bytes32 schema);
    event Revoked(address indexed issuer, uint32 index);
    event Verified(address indexed holder, address indexed verifier, bytes32 credential);

    error NotAccredited(address issuer);
    error NotIssuing(address issuer, address caller);
    error CredentialExists(bytes32 credential);
    error InvalidCredential(bytes32 credential);
    error UnknownIndex(uint32 index);

    constructor(IdentityRegistry identities_) {
        identities = identities_;
    }

    modifier issuing(address issuer) {
        if (!issuers[issuer].accredited) revert NotAccredited(issuer);
        if (identities.ownerOf(issuer) != msg.sender && !identities.validDelegate(issuer, ISSUING, msg.sender))
            revert NotIssuing(issuer, msg.sender);
        _;
    }

    function accredit(address issuer, bool accredited) external onlyOwner {
        issuers[issuer].accredited = accredited;
        emit Accredited(issuer, accredited);
    }

    function issue(address issuer, address holder, bytes32 credential, bytes32 schema, uint64 expires)
        external
        issuing(issuer)
    {
        if (credentials[holder][credential].issuer != address(0)) revert CredentialExists(credential);
        credentials[holder][credential] = Credential(issuer, expires, issuers[issuer].issued++, schema);
        emit Issued(issuer, holder, credential, schema);
    }

    function revoke(address issuer, uint32 index) external issuing(issuer) {
        Issuer storage entry = issuers[issuer];
        if (index >= entry.issued) revert UnknownIndex(index);
        uint256 word = revocations[issuer][index >> 8];
        uint256 bit = 1 << (index & 255);
        if (word & bit == 0) ++entry.revoked;
        revocations[issuer][index >> 8] = word | bit;
        emit Revoked(issuer, index);
    }

    /// Checks a credential, and leaves a trace of that for both.
    function verify(address holder, bytes32 credential) external {
        if (!isValid(holder, credential)) revert InvalidCredential(credential);
        ++issuers[credentials[holder][credential].issuer].verifications;
        emit Verified(holder, msg.sender, credential);
    }

    function isValid(address holder, bytes32 credential) public view returns (bool) {
        Credential storage entry = credentials[holder][credential];
        if (entry.issuer == address(0) || block.timestamp > entry.expires) return false;
        return revocations[entry.issuer][entry.index >> 8] & (1 << (entry.index & 255)) == 0;
    }
}
