import { Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, Ref } from "react";

type AnchorProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps> & { ref?: Ref<HTMLAnchorElement> };

function Anchor(props: ButtonProps & AnchorProps) {
  return <Button component="a" {...props} />;
}

/** A link that looks like a button, with the router's typed addresses. */
export const LinkButton = createLink(Anchor);
