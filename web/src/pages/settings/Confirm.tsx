import { Button, Group, Modal, Text } from "@mantine/core";
import { ErrorNote } from "../../components/ErrorNote";

interface Props {
  title: string;
  text: string;
  verb: string;
  opened: boolean;
  busy: boolean;
  error: Error | null;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ title, text, verb, opened, busy, error, onConfirm, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered>
      <Text mb="md">{text}</Text>
      {error && <ErrorNote error={error} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>Cancel</Button>
        <Button color="red" loading={busy} onClick={onConfirm}>{verb}</Button>
      </Group>
    </Modal>
  );
}
