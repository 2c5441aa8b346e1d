package demo

const system = "You are the claims agent of a small insurer. Look the policy up, check the cover, compute the payout, then answer in two sentences. Never promise what the policy does not cover."

const tools = `[{"type":"function","name":"look_up_policy","description":"Find a policy by its number","parameters":{"type":"object","properties":{"policy":{"type":"string"}},"required":["policy"]}},` +
	`{"type":"function","name":"compute_payout","description":"Damage less deductible","parameters":{"type":"object","properties":{"damage":{"type":"integer"},"deductible":{"type":"integer"}},"required":["damage","deductible"]}}]`

var people = []string{"ann", "bela", "chidi", "dunja", "emre", "freya", "goran"}

// claims are what people come with; %s is their policy number.
var claims = []struct {
	topic, cover, says string
	damage, deductible int
}{
	{"water damage", "household", "A pipe burst in my kitchen last night and ruined the floor. My policy is %s, the repair will be about 2400 EUR.", 2400, 300},
	{"bicycle theft", "household", "Somebody stole my bicycle in front of the station. Policy %s. It was worth 900 EUR, I have the receipt.", 900, 150},
	{"hail damage", "car", "Hail has dented my car's roof and bonnet. Policy number %s, the garage says 1750 EUR.", 1750, 500},
	{"broken glass", "household", "My son kicked a ball through the neighbour's window. Policy %s, 320 EUR.", 320, 100},
	{"cancelled journey", "travel", "I fell ill two days before our flight and had to cancel. Policy %s, the trip cost 1180 EUR.", 1180, 0},
	{"lightning strike", "household", "After the storm on Sunday the router and the television are dead. Policy %s, together 1390 EUR.", 1390, 300},
	{"collision", "car", "I hit a bollard while parking. Policy %s. New bumper, 640 EUR.", 640, 500},
}
