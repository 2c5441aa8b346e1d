package demo

import "strings"

// prompt is an instruction with the name and version under which it is kept.
type prompt struct{ name, version, text string }

var readPrompt = prompt{"claims-read", "3", `You sort what comes in at the claims desk of Tarnwick Mutual, an insurer of homes, cars and journeys.
Answer with one JSON object: language (en or de), kind (claim, question, status), peril (one of the desk's list, or other), urgency (low, normal, high), summary (one sentence). Do not answer the letter itself.`}

const extractRules = `Take the facts out of the claim that follows. Answer with one JSON object and nothing else:
policy_number, claimant, address, date_of_loss (YYYY-MM-DD), peril, items (list of item and amount), amount_claimed (number), currency, language.
Do not guess: what is not in the text is null. Amounts are numbers without thousands separators.
`

// extractPrompt is the extraction's instruction in each release. The second one's last rule is the planted mistake.
func extractPrompt(release string) prompt {
	switch release {
	case secondRelease:
		return prompt{"claims-extract", "7", extractRules + "Policy numbers: write them in capital letters. Where a character can be read as a digit or as a letter, take the letter."}
	case thirdRelease:
		return prompt{"claims-extract", "8", extractRules + "Policy numbers have two letters, six digits and one letter (AB-123456-C). Copy them exactly as they are written."}
	}
	return prompt{"claims-extract", "6", extractRules + "Policy numbers: copy them as they are written."}
}

// agentPrompt is the main agent's instruction. The letter's language is the one of the clerk's profile.
func agentPrompt(release string, profile language) prompt {
	version := "11"
	rules := "Never promise what the terms do not give. Never state a sum that compute_payout did not answer."
	if release != firstRelease {
		version = "12"
		rules += " Name the clause on which a decision rests."
	}
	return prompt{"claims-agent", version, `You are the claims agent of Tarnwick Mutual. A clerk hands you one claim at a time, with the facts that were taken out of it.
Work in this order:
1. Look the policy up. Without a policy there is no cover.
2. Read the terms that are found for you and decide whether the loss is covered.
3. For repairs above 1,500 euros ask for an estimate.
4. Have the payout computed from damage, deductible and sum insured.
5. Write the letter to the claimant: decision, reason, sum, what happens next. Not more than 150 words.
` + rules + `
Clerk's profile: language ` + string(profile) + `. Write the letter and your answers in that language.`}
}

var coveragePrompt = prompt{"coverage-agent", "4", `You check cover for the claims agent of Tarnwick Mutual. You get the facts of a claim, the policy and the terms that were found.
Say in at most three sentences whether the loss is covered and on which clause that rests. If the terms found do not settle it, say so.`}

var fraudPrompt = prompt{"fraud-agent", "2", `You look at theft claims above 2,000 euros before they are paid. Use check_claim_history once.
Answer with one line: clear, or review and why. You decide nothing else.`}

// toolset is the tools that an agent offers its model, as gen_ai.tool.definitions has them.
type toolset string

var definitions = map[string]string{
	"look_up_policy":             `{"type":"function","name":"look_up_policy","description":"Find a policy by its number","parameters":{"type":"object","properties":{"policy_number":{"type":"string","description":"two letters, six digits, one letter"}},"required":["policy_number"],"additionalProperties":false}}`,
	"get_repair_estimate":        `{"type":"function","name":"get_repair_estimate","description":"Ask the network of workshops for an estimate","parameters":{"type":"object","properties":{"claim_id":{"type":"string"},"peril":{"type":"string"},"amount_claimed":{"type":"number"}},"required":["claim_id","peril","amount_claimed"],"additionalProperties":false}}`,
	"compute_payout":             `{"type":"function","name":"compute_payout","description":"Damage less deductible, at most the sum insured; euros","parameters":{"type":"object","properties":{"claim_id":{"type":"string"},"damage":{"type":"number","minimum":0},"deductible":{"type":"number","minimum":0},"sum_insured":{"type":"number","minimum":0}},"required":["claim_id","damage","deductible","sum_insured"],"additionalProperties":false}}`,
	"get_claim_status":           `{"type":"function","name":"get_claim_status","description":"Where a claim stands","parameters":{"type":"object","properties":{"claim_id":{"type":"string"}},"required":["claim_id"],"additionalProperties":false}}`,
	"transfer_to_coverage_agent": `{"type":"function","name":"transfer_to_coverage_agent","description":"Have the coverage agent check difficult cover","parameters":{"type":"object","properties":{"claim_id":{"type":"string"},"question":{"type":"string"}},"required":["claim_id","question"],"additionalProperties":false}}`,
	"transfer_to_fraud_agent":    `{"type":"function","name":"transfer_to_fraud_agent","description":"Have a theft claim looked at before it is paid","parameters":{"type":"object","properties":{"claim_id":{"type":"string"}},"required":["claim_id"],"additionalProperties":false}}`,
	"transfer_to_human":          `{"type":"function","name":"transfer_to_human","description":"Give the claim to a person, with the reason","parameters":{"type":"object","properties":{"claim_id":{"type":"string"},"reason":{"type":"string"}},"required":["claim_id","reason"],"additionalProperties":false}}`,
	"check_claim_history":        `{"type":"function","name":"check_claim_history","description":"Earlier claims of a policy","parameters":{"type":"object","properties":{"policy_number":{"type":"string"}},"required":["policy_number"],"additionalProperties":false}}`,
}

func offering(names ...string) toolset {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = definitions[n]
	}
	return toolset("[" + strings.Join(list, ",") + "]")
}

var (
	agentTools = offering("look_up_policy", "get_repair_estimate", "compute_payout", "get_claim_status",
		"transfer_to_coverage_agent", "transfer_to_fraud_agent", "transfer_to_human")
	fraudTools = offering("check_claim_history")
)
