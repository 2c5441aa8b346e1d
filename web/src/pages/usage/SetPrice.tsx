import { Button, Group, Modal, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { unwrap } from "../../api/client";
import { ErrorNote } from "../../components/ErrorNote";
import { useSession } from "../../session";
import classes from "./Usage.module.css";

interface Props {
  /** "*" where no model is named yet; undefined closes. */
  model: string | undefined;
  onClose: () => void;
}

/** Gives a model a price in this project and derives the costs of its stored calls again. */
export function SetPrice({ model, onClose }: Props) {
  return (
    <Modal opened={model !== undefined} onClose={onClose} title="Set a price" size="md">
      {model !== undefined && <Form key={model} model={model === "*" ? "" : model} onClose={onClose} />}
    </Modal>
  );
}

const amount = /^\d{1,7}(\.\d{1,12})?$/;
const wrong = (v: string) => (v && !amount.test(v) ? "A plain number such as 2.50" : undefined);

function Form({ model: named, onClose }: { model: string; onClose: () => void }) {
  const { api, may } = useSession();
  const queryClient = useQueryClient();
  const [model, setModel] = useState(named);
  const [provider, setProvider] = useState("");
  const [input, setInput] = useState("");
  const [output, setOutput] = useState("");
  const [cached, setCached] = useState("");
  const [currency, setCurrency] = useState("USD");
  const [since, setSince] = useState("2020-01-01");
  const set = useMutation({
    mutationFn: () => {
      const rates = { input, output, ...(cached && { cache_read: cached }) };
      const body = { kind: "price", model: model.trim(), ...(provider.trim() && { provider: provider.trim() }), currency: currency.trim().toUpperCase(), rates, valid_from: since };
      return unwrap(api.POST("/api/v1/prices/entries", { params: { query: { reprice: "true" } }, body }));
    },
    onSuccess: () => queryClient.invalidateQueries(),
  });
  if (!may("price.manage")) return <p>Your role may not change prices. Ask somebody whose role holds price.manage.</p>;
  if (set.isSuccess) {
    return (
      <>
        <p role="status">{model} has a price. The costs of its stored calls are being derived again; the numbers follow in a moment.</p>
        <Group justify="flex-end"><Button onClick={onClose}>Done</Button></Group>
      </>
    );
  }
  const ready = model.trim() && since && currency.trim() && [input, output].every((v) => amount.test(v)) && !wrong(cached);
  return (
    <form
      className={classes.form}
      onSubmit={(e) => {
        e.preventDefault();
        if (ready) set.mutate();
      }}
    >
      <TextInput label="Model" required value={model} onChange={(e) => setModel(e.currentTarget.value)} />
      <TextInput label="Provider" description="As the calls name it; empty for every provider" value={provider} onChange={(e) => setProvider(e.currentTarget.value)} />
      <Group grow align="flex-start" gap="xs">
        <TextInput data-autofocus label="Input, per million tokens" required inputMode="decimal" value={input} error={wrong(input)} onChange={(e) => setInput(e.currentTarget.value)} />
        <TextInput label="Output, per million tokens" required inputMode="decimal" value={output} error={wrong(output)} onChange={(e) => setOutput(e.currentTarget.value)} />
      </Group>
      <Group grow align="flex-start" gap="xs">
        <TextInput label="Cached input" placeholder="like input" inputMode="decimal" value={cached} error={wrong(cached)} onChange={(e) => setCached(e.currentTarget.value)} />
        <TextInput label="Currency" required maxLength={3} value={currency} onChange={(e) => setCurrency(e.currentTarget.value)} />
        <TextInput label="From" type="date" required value={since} onChange={(e) => setSince(e.currentTarget.value)} />
      </Group>
      {set.error && <ErrorNote error={set.error} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>Cancel</Button>
        <Button type="submit" disabled={!ready} loading={set.isPending}>Set the price</Button>
      </Group>
    </form>
  );
}
