// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {VoteToken} from "./VoteToken.sol";

/// Proposals are calls that the organization makes once its voters agree. Votes count as they stood in the block in
/// which a proposal was made; a proposal passes early when more than half of all votes are for it.
contract Governor {
    enum Support {
        Against,
        For,
        Abstain
    }

    struct Proposal {
        address proposer;
        uint48 snapshot;
        uint48 deadline;
        bool executed;
        uint128 votesFor;
        uint128 votesAgainst;
        uint128 votesAbstain;
        uint32 voters;
        address target;
        bytes data;
    }

    uint256 private constant VOTING_BLOCKS = 50_400;
    uint256 private constant QUORUM_PERCENT = 4;

    VoteToken public immutable token;
    uint256 public immutable proposalThreshold;
    mapping(uint256 => Proposal) private _proposals;
    mapping(uint256 => mapping(address => bool)) public hasVoted;
    uint256 public proposalCount;

    event ProposalCreated(uint256 indexed id, address indexed proposer, address target, bytes data, string description);
    event VoteCast(address indexed voter, uint256 indexed id, Support support, uint256 weight, string reason);
    event ProposalExecuted(uint256 indexed id);

    error BelowThreshold(uint256 votes);
    error NoSuchProposal(uint256 id);
    error NotActive(uint256 id);
    error AlreadyVoted(address voter);
    error NotPassed(uint256 id);
    error CallFailed(bytes answer);

    constructor(VoteToken token_, uint256 proposalThreshold_) {
        token = token_;
        proposalThreshold = proposalThreshold_;
    }

    function propose(address target, bytes calldata data, string calldata description) external returns (uint256 id) {
        uint256 votes = token.votesOf(msg.sender);
        if (votes < proposalThreshold) revert BelowThreshold(votes);
        id = ++proposalCount;
        Proposal storage proposal = _proposals[id];
        proposal.proposer = msg.sender;
        proposal.snapshot = uint48(block.number);
        proposal.deadline = uint48(block.number + VOTING_BLOCKS);
        proposal.target = target;
        proposal.data = data;
        emit ProposalCreated(id, msg.sender, target, data, description);
    }

    /// From the block after the proposal on.
    function castVote(uint256 id, Support support, string calldata reason) external returns (uint256 weight) {
        Proposal storage proposal = _proposals[id];
        if (proposal.proposer == address(0)) revert NoSuchProposal(id);
        if (block.number > proposal.deadline || proposal.executed) revert NotActive(id);
        if (hasVoted[id][msg.sender]) revert AlreadyVoted(msg.sender);
        hasVoted[id][msg.sender] = true;
        weight = token.pastVotesOf(msg.sender, proposal.snapshot);
        if (support == Support.For) proposal.votesFor += uint128(weight);
        else if (support == Support.Against) proposal.votesAgainst += uint128(weight);
        else proposal.votesAbstain += uint128(weight);
        ++proposal.voters;
        emit VoteCast(msg.sender, id, support, weight, reason);
    }

    function execute(uint256 id) external {
        Proposal storage proposal = _proposals[id];
        if (proposal.executed || !passed(id)) revert NotPassed(id);
        proposal.executed = true;
        (bool ok, bytes memory answer) = proposal.target.call(proposal.data);
        if (!ok) revert CallFailed(answer);
        emit ProposalExecuted(id);
    }

    function passed(uint256 id) public view returns (bool) {
        Proposal storage proposal = _proposals[id];
        uint256 supply = token.totalSupply();
        if (uint256(proposal.votesFor) * 2 > supply) return true;
        uint256 taking = uint256(proposal.votesFor) + proposal.votesAbstain;
        return block.number > proposal.deadline && proposal.votesFor > proposal.votesAgainst
            && taking * 100 >= supply * QUORUM_PERCENT;
    }

    function tallyOf(uint256 id) external view returns (uint256, uint256, uint256, uint256) {
        Proposal storage proposal = _proposals[id];
        return (proposal.votesFor, proposal.votesAgainst, proposal.votesAbstain, proposal.voters);
    }
}
