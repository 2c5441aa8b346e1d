import { useEffect, useState, type ReactNode } from "react";
import classes from "./Notice.module.css";

/** A word at the page's foot that goes by itself: that something was copied. */
export function useNotice(): [ReactNode, (text: string) => void] {
  const [text, setText] = useState("");
  useEffect(() => {
    if (!text) return;
    const timer = setTimeout(() => setText(""), 1800);
    return () => clearTimeout(timer);
  }, [text]);
  return [<div key="notice" role="status" className={text ? classes.notice : undefined}>{text}</div>, setText];
}
